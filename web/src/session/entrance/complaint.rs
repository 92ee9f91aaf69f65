//! What is wrong with a name and a password, and where it is said.

use std::str::FromStr as _;

use protocol::{Credentials, Password, TextError, Username};

use crate::session::Trouble;

/// What stands at the fields after something was refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Complaint {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) form: Option<String>,
}

/// Reads the fields. Limits are checked here only for a new account: an old name or password that
/// breaks them is simply wrong.
pub(super) fn credentials(
    username: &str,
    password: &str,
    registering: bool,
) -> Result<Credentials, Complaint> {
    let (username, password) = (username.trim(), password);
    match (Username::from_str(username), Password::from_str(password)) {
        (Ok(username), Ok(password)) => Ok(Credentials { username, password }),
        (username_is, password_is) => Err(Complaint {
            username: complain(username_is, username, "Enter your user name."),
            password: complain(password_is, password, "Enter your password."),
            form: None,
        }
        .for_login(registering)),
    }
}

fn complain<T>(parsed: Result<T, TextError>, text: &str, missing: &str) -> Option<String> {
    let error = parsed.err()?;
    Some(if text.is_empty() { missing.to_owned() } else { error.to_string() })
}

impl Complaint {
    pub(super) fn of(trouble: Trouble) -> Self {
        let sentence = trouble.sentence();
        let field = match trouble {
            Trouble::Refused(error) => error.field,
            Trouble::Unreachable => None,
        };
        match field.as_deref() {
            Some("username") => Self { username: Some(sentence), ..Self::default() },
            Some("password") => Self { password: Some(sentence), ..Self::default() },
            _ => Self { form: Some(sentence), ..Self::default() },
        }
    }

    fn for_login(self, registering: bool) -> Self {
        let missing = |said: &Option<String>| said.as_ref().is_none_or(|said| said.starts_with("Enter"));
        if registering || (missing(&self.username) && missing(&self.password)) {
            return self;
        }
        Self { form: Some("The user name or the password is wrong.".to_owned()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_account_is_told_what_is_wrong_at_the_field() {
        let said = credentials("a b", "short", true).unwrap_err();
        assert_eq!(said.password.as_deref(), Some("A password must have at least 8 characters."));
        assert!(said.username.unwrap().starts_with("A user name"));
        assert!(credentials(" ann ", "correct horse", true).is_ok());
    }

    #[test]
    fn a_login_says_only_what_is_missing_or_that_it_is_wrong() {
        let said = credentials("ann", "", false).unwrap_err();
        assert_eq!((said.username, said.password.as_deref()), (None, Some("Enter your password.")));
        let said = credentials("ann", "short", false).unwrap_err();
        assert_eq!(said.form.as_deref(), Some("The user name or the password is wrong."));
    }
}
