//! The cookie of a browser in which somebody has logged in before. It gives no access. It shows that the
//! person who types the password now is not a stranger who guesses it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use protocol::UserId;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::key::SigningKey;
use crate::error::Result;

/// What is signed begins with this, so that it cannot be taken for a token of another kind.
const PURPOSE: &[u8] = b"parlance device 1\0";

/// A browser in which this person has logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) user: UserId,
    id: [u8; 16],
}

/// Signs and reads such cookies.
pub(crate) struct Devices(Hmac<Sha256>);

impl Devices {
    pub(crate) fn new(key: &SigningKey) -> Result<Self, hmac::digest::InvalidLength> {
        Ok(Self(Hmac::new_from_slice(key)?.chain_update(PURPOSE)))
    }

    /// What the cookie of a new device carries.
    pub(crate) fn issue(&self, user: UserId) -> Result<String> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)?;
        Ok(self.sign(Device { user, id }))
    }

    fn sign(&self, Device { user, id }: Device) -> String {
        let mut bytes = [user.into_bytes(), id].concat();
        let signature = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn read(&self, cookie: &str) -> Option<Device> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (signed, signature) = bytes.split_at_checked(32)?;
        self.0.clone().chain_update(signed).verify_slice(signature).ok()?;
        let (user, id) = signed.split_at(16);
        Some(Device { user: UserId::from_bytes(user.try_into().ok()?), id: id.try_into().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_by_a_cookie_that_nobody_else_can_make() {
        let devices = Devices::new(&[7; 32]).unwrap();
        let ann = UserId::from_bytes([1; 16]);
        let cookie = devices.issue(ann).unwrap();
        assert_eq!(devices.read(&cookie).unwrap().user, ann);
        assert_ne!(devices.read(&cookie), devices.read(&devices.issue(ann).unwrap()));
        assert!(Devices::new(&[8; 32]).unwrap().read(&cookie).is_none());
        let ben = UserId::from_bytes([2; 16]);
        let bens = URL_SAFE_NO_PAD.decode(devices.issue(ben).unwrap()).unwrap();
        let anns = URL_SAFE_NO_PAD.decode(&cookie).unwrap();
        let mixed = URL_SAFE_NO_PAD.encode([&anns[..32], &bens[32..]].concat());
        for bad in [mixed.as_str(), "", "nonsense", &cookie[1..], &cookie[..20]] {
            assert!(devices.read(bad).is_none(), "{bad}");
        }
    }
}
