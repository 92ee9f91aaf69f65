//! How often a wrong password may be tried, so that nobody can guess one, and nobody can lock
//! somebody else out.
//!
//! Wrong passwords are counted: for one account from one address, for one address whatever the account, and
//! for one account from anywhere. The last limit is soft: it lets many more through, and a browser in which
//! the person has logged in before has a count of its own instead.

use std::hash::Hash;

use crate::{
    auth::device::Device,
    client_address::ClientAddress,
    error::Result,
    limit::{Limit, Limits},
};

/// Who tries a password, and for which account.
#[derive(Clone, Debug)]
pub(crate) struct Guess {
    /// The account, as the form that all spellings of its name have in common. Names that nobody has are
    /// counted as well; otherwise the limit would reveal which names exist.
    pub(crate) account: String,
    pub(crate) address: ClientAddress,
    /// The browser, if the owner of this account has logged in there before.
    pub(crate) device: Option<Device>,
}

impl Guess {
    /// Takes one try from each limit before the password is checked, so that simultaneous tries count as
    /// well.
    pub(crate) fn begin(&self, limits: &Limits) -> Result<()> {
        if let Some(device) = self.device {
            return limits.wrong_by_device.take(device);
        }
        let by_both = (self.account.clone(), self.address);
        limits.wrong_by_account_and_address.take(by_both.clone())?;
        let other = limits.wrong_by_address.take(self.address).and_then(|()| {
            give_back_on_error(
                &limits.wrong_by_address,
                &self.address,
                limits.wrong_by_account.take(self.account.clone()),
            )
        });
        give_back_on_error(&limits.wrong_by_account_and_address, &by_both, other)
    }

    /// Gives the tries back, because the password was right, or was not looked at.
    pub(crate) fn give_back(&self, limits: &Limits) {
        match &self.device {
            Some(device) => limits.wrong_by_device.give_back(device),
            None => {
                limits.wrong_by_account_and_address.give_back(&(self.account.clone(), self.address));
                limits.wrong_by_address.give_back(&self.address);
                limits.wrong_by_account.give_back(&self.account);
            }
        }
    }
}

/// A try that one limit refuses does not count for the other limits.
fn give_back_on_error<K: Hash + Eq + Clone>(limit: &Limit<K>, key: &K, result: Result<()>) -> Result<()> {
    result.inspect_err(|_| limit.give_back(key))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::{UserId, limits};

    use super::*;
    use crate::{auth::device::Devices, config::Switch};

    fn guess(address: u32, account: &str) -> Guess {
        let address = ClientAddress::of(std::net::Ipv4Addr::from_bits(address).into());
        Guess { account: account.to_owned(), address, device: None }
    }

    fn passed(limits: &Limits, guess: &Guess, times: u32) -> u32 {
        (0..times).map(|_| u32::from(guess.begin(limits).is_ok())).sum()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_guesses_from_one_address_locks_out_nobody_else() {
        let limits = Limits::new(Switch::On, Duration::ZERO);
        assert_eq!(passed(&limits, &guess(1, "ann"), 500), limits::WRONG_PASSWORDS_AT_ONCE);
        assert_eq!(passed(&limits, &guess(2, "ann"), 1), 1);
        // For an hour, as fast as the limit lets them.
        for _ in 0..600 {
            tokio::time::advance(Duration::from_secs(6)).await;
            assert_eq!(passed(&limits, &guess(1, "ann"), 1), 1);
        }
        assert_eq!(passed(&limits, &guess(3, "ann"), 1), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_password_tried_for_every_account_from_one_address_is_limited() {
        let limits = Limits::new(Switch::On, Duration::ZERO);
        let tried: u32 = (0..1_000).map(|n| passed(&limits, &guess(1, &format!("person{n}")), 1)).sum();
        assert_eq!(tried, limits::WRONG_PASSWORDS_OF_AN_ADDRESS_AT_ONCE);
        assert_eq!(passed(&limits, &guess(2, "person1"), 1), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn guesses_from_everywhere_are_limited_but_not_for_a_browser_that_is_known() {
        let limits = Limits::new(Switch::On, Duration::ZERO);
        let tried: u32 = (0..1_000).map(|address| passed(&limits, &guess(address, "ann"), 1)).sum();
        assert_eq!(tried, limits::WRONG_PASSWORDS_OF_AN_ACCOUNT_AT_ONCE);
        let devices = Devices::new(&[7; 32]).unwrap();
        let cookie = devices.issue(UserId::from_bytes([1; 16])).unwrap();
        let known = Guess { device: devices.read(&cookie), ..guess(1, "ann") };
        assert_eq!(passed(&limits, &known, 500), limits::WRONG_PASSWORDS_AT_ONCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_password_uses_up_nothing() {
        let limits = Limits::new(Switch::On, Duration::ZERO);
        let ann = guess(1, "ann");
        for _ in 0..1_000 {
            ann.begin(&limits).unwrap();
            ann.give_back(&limits);
        }
        assert_eq!(passed(&limits, &ann, 500), limits::WRONG_PASSWORDS_AT_ONCE);
    }
}
