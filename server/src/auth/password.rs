//! Passwords, kept as argon2id hashes.
//!
//! A hash costs tens of milliseconds and 19 MiB by design, so few are made at once and few more
//! may wait: a flood of logins must not take the machine from those who chat.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use protocol::Password;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::name;
use crate::{
    config::Switch,
    error::{Error, Result},
};

/// Hashes made at the same time.
const AT_ONCE: usize = 2;
/// Hashes that may be in work or wait; further ones are refused.
const WAITING: usize = 64;

/// What a password is checked against when nobody has that name, so that the answer takes as long as for a
/// wrong password. Nobody knows a password for it.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$lXdAXwVJGKFvUTn6/dYB8g$TCpuOJr3gCiJqcRM1yPKg0Dt4OPtDXV6RLrL+3b1Cq8";

pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Passwords {
    pub(crate) fn new(limit: Switch) -> Self {
        let most_waiting = if limit == Switch::On { WAITING } else { usize::MAX };
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), waiting: AtomicUsize::new(0), most_waiting }
    }

    /// The hash to keep, as a PHC string.
    pub(crate) async fn hash(&self, password: Password) -> Result<String> {
        self.work(move || {
            let hash = Argon2::default().hash_password(name::password(password.as_str()).as_bytes());
            Ok(hash.map_err(Error::Password)?.to_string())
        })
        .await
    }

    /// Whether the password matches `hash`. Without a hash it does not, and finding out takes as long.
    pub(crate) async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool> {
        self.work(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
            let hash = PasswordHash::new(&hash).map_err(|error| Error::Password(error.into()))?;
            let is_right = |text: &str| Argon2::default().verify_password(text.as_bytes(), &hash).is_ok();
            let (typed, meant) = (password.as_str(), name::password(password.as_str()));
            // Older passwords were hashed as they were typed.
            let right = is_right(&meant) || (meant != typed && is_right(typed));
            Ok(right && known)
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _waiting = Waiting::enter(self)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Error::Stopped)?;
        // A hash that has begun keeps its place until it is done, even if the asker goes away.
        let done = spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(|error| Error::Panicked(error.to_string()))?
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(passwords: &'a Passwords) -> Result<Self> {
        let before = passwords.waiting.fetch_add(1, Ordering::Relaxed);
        let entered = Self(&passwords.waiting);
        if before >= passwords.most_waiting { Err(Error::rate_limited()) } else { Ok(entered) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_is_accepted() {
        let passwords = Passwords::new(Switch::On);
        let hash = passwords.hash(password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(password("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(password("wrong horse"), Some(hash)).await.unwrap());
        assert!(!passwords.verify(password("correct horse"), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_is_right_however_it_is_typed_and_as_it_was_hashed_before() {
        let passwords = Passwords::new(Switch::On);
        let (composed, decomposed) = ("caf\u{e9} cr\u{e8}me", "cafe\u{301}\u{a0}cre\u{300}me");
        let hash = passwords.hash(password(decomposed)).await.unwrap();
        assert!(passwords.verify(password(composed), Some(hash.clone())).await.unwrap());
        assert!(passwords.verify(password(decomposed), Some(hash)).await.unwrap());
        let before = Argon2::default().hash_password(decomposed.as_bytes()).unwrap().to_string();
        assert!(passwords.verify(password(decomposed), Some(before)).await.unwrap());
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_anybodys() {
        let nobodys = PasswordHash::new(NOBODYS).unwrap();
        let anybodys = Argon2::default().hash_password(b"correct horse").unwrap();
        assert_eq!(nobodys.algorithm, anybodys.algorithm);
        assert_eq!(nobodys.params, anybodys.params);
        assert_eq!(nobodys.hash.unwrap().len(), anybodys.hash.unwrap().len());
    }

    #[tokio::test]
    async fn too_many_at_once_are_refused() {
        let passwords = Passwords { most_waiting: 1, ..Passwords::new(Switch::On) };
        let (first, second) =
            tokio::join!(passwords.hash(password("password")), passwords.hash(password("password")));
        assert!(first.is_ok());
        assert!(matches!(second, Err(Error::Refused(body)) if body.code == protocol::ErrorCode::RateLimited));
    }
}
