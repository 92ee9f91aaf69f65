//! The token that a connection shows: a JWT that names a person and a session, signed by HS256.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error as JwtError, ErrorKind},
};
use protocol::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use signature::{Signer, Verifier};

use super::key::SigningKey;
use crate::{
    clock,
    error::{Error, Result},
    ids::SessionId,
};

const ISSUER: &str = "parlance";
const AUDIENCE: &str = "parlance";

pub(crate) struct Tokens {
    sign: EncodingKey,
    verify: DecodingKey,
    validation: Validation,
    ttl: Duration,
}

/// Identifies a token without revealing it: 16 bytes of its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TokenId(pub(crate) [u8; 16]);

impl TokenId {
    fn of(token: &str) -> Self {
        let hash: [u8; 32] = Sha256::digest(token).into();
        Self(*hash.first_chunk().unwrap_or(&[0; 16]))
    }
}

/// What a token is issued for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    /// See [`Live`](crate::store::session::Live).
    pub(crate) rotation: u32,
    /// The token is not accepted after this.
    pub(crate) ends_at: Timestamp,
}

/// A token to hand out.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) id: TokenId,
    pub(crate) expires_at: Timestamp,
    /// The same, counted from now, in milliseconds.
    pub(crate) expires_in: u64,
}

/// What a valid token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) expires_at: Timestamp,
    pub(crate) token: TokenId,
    pub(crate) rotation: u32,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: u64,
    exp: u64,
    /// Makes tokens different that are issued in the same second.
    #[serde(default)]
    jti: String,
    #[serde(default)]
    rot: u32,
}

impl Tokens {
    pub(crate) fn new(key: &SigningKey, ttl: Duration) -> Self {
        // The library takes its cryptography from the process. A second server in the process finds ours
        // already installed.
        CryptoProvider::install_default(&HS256_ONLY).ok();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        Self { sign: EncodingKey::from_secret(key), verify: DecodingKey::from_secret(key), validation, ttl }
    }

    pub(crate) fn issue(&self, grant: Grant) -> Result<Issued> {
        let Grant { user, session, rotation, ends_at } = grant;
        let now = clock::now();
        let iat = now.0.unsigned_abs() / 1000;
        let last = ends_at.0.max(now.0).unsigned_abs() / 1000;
        let exp = iat.saturating_add(self.ttl.as_secs()).min(last).max(iat + 1);
        let mut jti = [0; 16];
        getrandom::fill(&mut jti)?;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_string(),
            sid: session.to_string(),
            iat,
            exp,
            jti: URL_SAFE_NO_PAD.encode(jti),
            rot: rotation,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.sign)?;
        let expires_at = milliseconds(exp);
        let expires_in = expires_at.0.saturating_sub(now.0).unsigned_abs();
        Ok(Issued { id: TokenId::of(&token), token, expires_at, expires_in })
    }

    /// What the token says, if we signed it and it has not expired. Only the store knows whether its session
    /// was ended.
    pub(crate) fn verify(&self, token: &str) -> Result<Claimed> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.verify, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => Error::unauthorized("Your login has expired. Log in again."),
                _ => wrong(),
            })?
            .claims;
        Ok(Claimed {
            user: claims.sub.parse().map_err(|_| wrong())?,
            session: SessionId::parse(&claims.sid).ok_or_else(wrong)?,
            expires_at: milliseconds(claims.exp),
            token: TokenId::of(token),
            rotation: claims.rot,
        })
    }
}

fn wrong() -> Error {
    Error::unauthorized("The token is not one of this server. Log in again.")
}

fn milliseconds(seconds: u64) -> Timestamp {
    Timestamp(i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX))
}

/// All the cryptography that the JWT library gets, so that no other algorithm can be used.
static HS256_ONLY: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, JwtError> {
        match (algorithm, Hmac::new_from_slice(key)) {
            (Algorithm::HS256, Ok(mac)) => Ok(Self(mac)),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        }
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(signature::Error::from_source)
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: SigningKey = [7; 32];

    fn tokens() -> Tokens {
        Tokens::new(&KEY, Duration::from_secs(60))
    }

    fn ann() -> (UserId, SessionId) {
        (UserId::from_bytes([1; 16]), SessionId([2; 16]))
    }

    fn grant(rotation: u32) -> Grant {
        let (user, session) = ann();
        Grant { user, session, rotation, ends_at: Timestamp(i64::MAX) }
    }

    fn sentence(token: &str) -> String {
        tokens().verify(token).unwrap_err().to_string()
    }

    /// A token with these claims, signed with the right key.
    fn signed(header: &str, claims: &serde_json::Value) -> String {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap().chain_update(&message).finalize();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()))
    }

    fn claims(change: &[(&str, serde_json::Value)]) -> serde_json::Value {
        let (user, session) = ann();
        let mut claims = serde_json::json!({
            "iss": "parlance", "aud": "parlance", "sub": user, "sid": session.to_string(),
            "iat": 1, "exp": 9_999_999_999_u64,
        });
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        claims
    }

    #[test]
    fn a_token_says_who_and_which_session_and_until_when() {
        let (user, session) = ann();
        let issued = tokens().issue(grant(3)).unwrap();
        let claimed = tokens().verify(&issued.token).unwrap();
        let Issued { id, expires_at, .. } = issued;
        assert_eq!(claimed, Claimed { user, session, expires_at, token: id, rotation: 3 });
        assert_ne!(id, tokens().issue(grant(3)).unwrap().id);
    }

    #[test]
    fn a_token_ends_with_its_session() {
        let soon = Timestamp(clock::now().0 + 5_000);
        let issued = tokens().issue(Grant { ends_at: soon, ..grant(0) }).unwrap();
        assert!(issued.expires_at <= soon);
        assert!((3_000..=5_000).contains(&issued.expires_in), "{}", issued.expires_in);
    }

    #[test]
    fn a_token_with_another_key_issuer_audience_or_algorithm_is_wrong() {
        let good = signed(r#"{"typ":"JWT","alg":"HS256"}"#, &claims(&[]));
        assert!(tokens().verify(&good).is_ok());
        let others = Tokens::new(&[8; 32], Duration::from_secs(60)).issue(grant(0)).unwrap().token;
        let none = format!("{}.", good.rsplit_once('.').unwrap().0).replacen(
            &URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#),
            &URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
            1,
        );
        let wrong = [
            others,
            none,
            signed(r#"{"alg":"HS512"}"#, &claims(&[])),
            signed(r#"{"alg":"HS256"}"#, &claims(&[("iss", "somebody".into())])),
            signed(r#"{"alg":"HS256"}"#, &claims(&[("aud", "something".into())])),
            signed(r#"{"alg":"HS256"}"#, &claims(&[("sub", "ann".into())])),
            String::new(),
            "a.b.c".to_owned(),
        ];
        for token in wrong {
            assert_eq!(sentence(&token), "The token is not one of this server. Log in again.", "{token}");
        }
    }

    /// Tokens that somebody without the key may try. See RFC 8725 for most of them.
    fn forged() -> Vec<(&'static str, String)> {
        const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;
        let good = signed(HEADER, &claims(&[]));
        let parts: Vec<&str> = good.split('.').collect();
        let (header, body, signature) = (parts[0], parts[1], parts[2]);
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let with_header = |json: &str| format!("{}.{body}.{signature}", encode(json));
        let unsigned = |json: &str| format!("{}.{body}.", encode(json));
        let signed_with = |key: &[u8]| {
            let message = format!("{header}.{body}");
            let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(&message).finalize();
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()))
        };
        let with = |name: &str, value: serde_json::Value| signed(HEADER, &claims(&[(name, value)]));
        let without = |name: &str| {
            let mut claims = claims(&[]);
            claims.as_object_mut().unwrap().remove(name);
            signed(HEADER, &claims)
        };
        let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
        flipped[31] ^= 1;
        let admin = encode(&claims(&[("sub", "0192e4a0-7b3c-7000-8000-0000000000ff".into())]).to_string());
        vec![
            ("nothing", String::new()),
            ("dots", "..".to_owned()),
            ("words", "a.b.c".to_owned()),
            ("one part", header.to_owned()),
            ("two parts", format!("{header}.{body}")),
            ("four parts", format!("{good}.{signature}")),
            ("no signature", format!("{header}.{body}.")),
            ("half a signature", format!("{header}.{body}.{}", &signature[..20])),
            ("a longer signature", format!("{good}AAAA")),
            ("one bit of the signature", format!("{header}.{body}.{}", URL_SAFE_NO_PAD.encode(flipped))),
            ("zeros for a signature", format!("{header}.{body}.{}", URL_SAFE_NO_PAD.encode([0; 32]))),
            ("another person's claims", format!("{header}.{admin}.{signature}")),
            ("another header", with_header(r#"{"alg":"HS256"}"#)),
            ("alg none", unsigned(r#"{"alg":"none"}"#)),
            ("alg None", unsigned(r#"{"alg":"None"}"#)),
            ("alg NONE", unsigned(r#"{"alg":"NONE"}"#)),
            ("alg nOnE with a signature", with_header(r#"{"alg":"nOnE"}"#)),
            ("no alg", unsigned(r#"{"typ":"JWT"}"#)),
            ("alg empty", signed(r#"{"alg":""}"#, &claims(&[]))),
            ("alg a list", signed(r#"{"alg":["HS256"]}"#, &claims(&[]))),
            ("alg HS384", signed(r#"{"alg":"HS384"}"#, &claims(&[]))),
            ("alg HS512", signed(r#"{"alg":"HS512"}"#, &claims(&[]))),
            ("alg RS256", signed(r#"{"alg":"RS256"}"#, &claims(&[]))),
            ("alg ES256", signed(r#"{"alg":"ES256"}"#, &claims(&[]))),
            ("alg EdDSA", signed(r#"{"alg":"EdDSA"}"#, &claims(&[]))),
            ("alg PS256", signed(r#"{"alg":"PS256"}"#, &claims(&[]))),
            ("a header that is no JSON", signed("HS256", &claims(&[]))),
            ("claims that are no JSON", format!("{header}.{}.{signature}", encode("ann"))),
            ("an empty key", signed_with(b"")),
            ("a key of zeros", signed_with(&[0; 32])),
            ("a guessed key", signed_with(b"secret")),
            ("half of the key", signed_with(&KEY[..16])),
            ("a key in the header", {
                let jwk = r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#;
                let message = format!("{}.{body}", encode(jwk));
                let mac = Hmac::<Sha256>::new_from_slice(&[0; 3]).unwrap().chain_update(&message).finalize();
                format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()))
            }),
            ("another issuer", with("iss", "somebody".into())),
            ("an issuer that begins the same", with("iss", "parlance.evil.example".into())),
            ("no issuer", without("iss")),
            ("another audience", with("aud", "something".into())),
            ("no audience", without("aud")),
            ("no person", without("sub")),
            ("a person that is no id", with("sub", "ann".into())),
            ("a person that is a number", with("sub", 1.into())),
            ("no session", without("sid")),
            ("a session that is no id", with("sid", "../../etc/passwd".into())),
            ("no end", without("exp")),
            ("an end that is a text", with("exp", "never".into())),
            ("an end below zero", with("exp", (-1).into())),
            ("an end that is nothing", with("exp", serde_json::Value::Null)),
            ("standard base64", format!("{}=.{body}.{signature}", header)),
            ("a space in front", format!(" {good}")),
            ("a line end behind", format!("{good}\n")),
            ("a megabyte", format!("{header}.{}.{signature}", "A".repeat(1_000_000))),
        ]
    }

    #[test]
    fn no_forged_token_is_accepted() {
        let forged = forged();
        assert!(forged.len() >= 30);
        for (what, token) in forged {
            let refused = tokens().verify(&token).expect_err(what);
            assert_eq!(refused.to_string(), "The token is not one of this server. Log in again.", "{what}");
        }
    }

    #[test]
    fn the_cookie_of_a_device_and_a_refresh_token_are_no_tokens() {
        let device = crate::auth::device::Devices::new(&KEY).unwrap().issue(ann().0).unwrap();
        let refresh = crate::auth::refresh::RefreshSecret::random().unwrap().token(ann().1);
        for other in [device, refresh] {
            assert!(tokens().verify(&other).is_err());
        }
    }

    #[test]
    fn an_expired_token_is_refused_without_leeway() {
        let just_now = clock::now().0.unsigned_abs() / 1000 - 1;
        let token = signed(r#"{"alg":"HS256"}"#, &claims(&[("exp", just_now.into())]));
        assert_eq!(sentence(&token), "Your login has expired. Log in again.");
    }
}
