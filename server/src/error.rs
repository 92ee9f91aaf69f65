//! Why something was not done. What the asker may see is separate from what the log sees.

use std::{error::Error as _, net::SocketAddr, path::PathBuf, time::Duration};

use protocol::{ErrorBody, ErrorCode, Username, limits};

use crate::{storage_fault::StorageFault, store::DbError};

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The request is at fault; the asker is told why.
    #[error("{0}")]
    Refused(#[from] ErrorBody),
    /// A limit is used up, for this long.
    #[error("too soon")]
    TooSoon(Duration),
    #[error("the database refused")]
    Database(#[from] DbError),
    #[error("the batch of writes could not be committed")]
    NotCommitted(Option<StorageFault>),
    #[error("the store has stopped")]
    Stopped,
    #[error("a task panicked: {0}")]
    Panicked(String),
    #[error("the answer could not be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("a password could not be hashed: {0}")]
    Password(argon2::password_hash::Error),
    #[error("a token could not be signed")]
    Token(#[from] jsonwebtoken::errors::Error),
    #[error("the system has no random bytes")]
    Random(#[from] getrandom::Error),
}

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn refused(code: ErrorCode, sentence: &str) -> Self {
        Self::Refused(ErrorBody::new(code, sentence))
    }

    pub(crate) fn unknown_user() -> Self {
        Self::refused(ErrorCode::UnknownUser, "There is no such person.")
    }

    /// One of the people who are to be added to a group does not exist.
    pub(crate) fn unknown_member() -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::UnknownUser,
            message: "There is no such person. Nobody was added.".to_owned(),
            field: Some("userIds".to_owned()),
        })
    }

    /// A list with too many entries.
    pub(crate) fn too_many(field: &str, sentence: String) -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::InvalidPayload,
            message: sentence,
            field: Some(field.to_owned()),
        })
    }

    pub(crate) fn unknown_group() -> Self {
        Self::refused(ErrorCode::UnknownGroup, "There is no such group.")
    }

    pub(crate) fn unknown_message() -> Self {
        Self::refused(ErrorCode::UnknownMessage, "There is no such message.")
    }

    /// A message that is not in the conversation in question.
    pub(crate) fn unknown_message_in(field: &str) -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::UnknownMessage,
            message: "There is no such message in this conversation.".to_owned(),
            field: Some(field.to_owned()),
        })
    }

    pub(crate) fn not_your_message() -> Self {
        Self::refused(ErrorCode::NotYourMessage, "Only the person who wrote a message may do this.")
    }

    pub(crate) fn message_deleted() -> Self {
        Self::refused(ErrorCode::MessageDeleted, "This message was deleted.")
    }

    pub(crate) fn too_many_of(sentence: String) -> Self {
        Self::refused(ErrorCode::TooMany, &sentence)
    }

    pub(crate) fn not_a_member() -> Self {
        Self::refused(ErrorCode::NotAMember, "You are not a member of this group.")
    }

    pub(crate) fn not_your_message_in_a_group() -> Self {
        let sentence =
            "Only the person who wrote a message, and the owner and the admins of the group, may delete it.";
        Self::refused(ErrorCode::NotYourMessage, sentence)
    }

    pub(crate) fn only_the_owner() -> Self {
        Self::refused(ErrorCode::RoleRequired, "Only the owner of the group may do this.")
    }

    pub(crate) fn only_moderators() -> Self {
        Self::refused(ErrorCode::RoleRequired, "Only the owner and the admins of the group may do this.")
    }

    pub(crate) fn nobody_removes_the_owner() -> Self {
        Self::refused(ErrorCode::RoleRequired, "The owner of a group can't be removed.")
    }

    /// The person who is to be given a role.
    pub(crate) fn no_member() -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::NotAMember,
            message: "This person is not a member of the group.".to_owned(),
            field: Some("userId".to_owned()),
        })
    }

    pub(crate) fn a_group_has_an_owner() -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::InvalidPayload,
            message: "A group must have an owner. Make somebody else the owner first.".to_owned(),
            field: Some("role".to_owned()),
        })
    }

    pub(crate) fn banned() -> Self {
        Self::refused(ErrorCode::Banned, "You are banned from this group.")
    }

    /// One of the people who are to be added to a group.
    pub(crate) fn banned_member(name: &Username) -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::Banned,
            message: format!("{name} is banned from this group. Nobody was added."),
            field: Some("userIds".to_owned()),
        })
    }

    pub(crate) fn too_many_groups() -> Self {
        let most = limits::GROUPS_A_PERSON;
        Self::too_many_of(format!(
            "You have made or joined {most} groups. Leave one before you join another."
        ))
    }

    /// One of the people who are to be added to a group.
    pub(crate) fn added_to_too_many(name: &Username) -> Self {
        let most = limits::GROUPS_ADDED_TO;
        Self::too_many_of(format!(
            "Others have added {name} to {most} groups, which is the most. Send them the invite link instead. Nobody was added."
        ))
        .about("userIds")
    }

    /// The same for the groups to which whoever asks has added them.
    pub(crate) fn added_too_often(name: &Username) -> Self {
        let most = limits::GROUPS_ADDED_TO_BY_ONE;
        Self::too_many_of(format!(
            "You have added {name} to {most} groups, which is the most. Send them the invite link instead. Nobody was added."
        ))
        .about("userIds")
    }

    /// The same refusal, of what stands in this field.
    pub(crate) fn about(self, field: &str) -> Self {
        match self {
            Self::Refused(body) => Self::Refused(ErrorBody { field: Some(field.to_owned()), ..body }),
            other => other,
        }
    }

    pub(crate) fn group_too_large() -> Self {
        let most = limits::RECEIPT_MEMBERS;
        let sentence = format!("In a group with more than {most} members nobody is told who has read what.");
        Self::refused(ErrorCode::GroupTooLarge, &sentence)
    }

    pub(crate) fn unauthorized(sentence: &str) -> Self {
        Self::refused(ErrorCode::Unauthorized, sentence)
    }

    /// One sentence for an unknown name and a wrong password, so that names cannot be probed.
    pub(crate) fn invalid_credentials() -> Self {
        Self::refused(ErrorCode::InvalidCredentials, "The user name or the password is wrong.")
    }

    pub(crate) fn username_taken() -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::UsernameTaken,
            message: "Somebody has this user name already.".to_owned(),
            field: Some("username".to_owned()),
        })
    }

    /// The code is the same as for a taken name, because the difference is of no use to the asker.
    pub(crate) fn username_imitates() -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::UsernameTaken,
            message: "This user name looks like one that somebody has already. Choose one that cannot be \
                      mistaken for it."
                .to_owned(),
            field: Some("username".to_owned()),
        })
    }

    /// The rules for user names in RFC 8265 do not allow the name.
    pub(crate) fn no_username() -> Self {
        Self::Refused(ErrorBody {
            code: ErrorCode::InvalidText,
            message:
                "A user name may have the usual letters and digits of a language, '.', '_' and '-' only, \
                      all in one direction of writing."
                    .to_owned(),
            field: Some("username".to_owned()),
        })
    }

    pub(crate) fn rate_limited() -> Self {
        Self::Refused(too_much())
    }

    /// The fault of the disk, if that is the cause.
    pub(crate) fn storage_fault(&self) -> Option<StorageFault> {
        match self {
            Self::Database(error) => error.storage_fault(),
            Self::NotCommitted(fault) => *fault,
            _ => None,
        }
    }

    /// Whether the server is at fault, and not the asker.
    pub(crate) fn is_ours(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::TooSoon(_))
    }

    /// What the asker is told. If the server is at fault, the cause goes to the log instead.
    pub(crate) fn into_body(self, doing: &str) -> ErrorBody {
        if let Some(fault) = self.storage_fault() {
            // It concerns everybody, and the store logs it once a minute: a line for each who is told would fill the disk.
            tracing::debug!(doing, "refused: {fault}");
            return fault.into();
        }
        match self {
            Self::Refused(body) => body,
            Self::TooSoon(_) => too_much(),
            fault => {
                tracing::error!(doing, cause = fault.source().map(tracing::field::display), "{fault}");
                ErrorBody::new(
                    ErrorCode::Internal,
                    "The server could not do it. It was not your fault; try again later.",
                )
            }
        }
    }
}

fn too_much() -> ErrorBody {
    ErrorBody::new(ErrorCode::RateLimited, "That was too much at once. Wait a moment, then try again.")
}

impl From<StorageFault> for ErrorBody {
    fn from(fault: StorageFault) -> Self {
        let code = match fault {
            StorageFault::Full => ErrorCode::StorageFull,
            _ => ErrorCode::StorageUnavailable,
        };
        Self::new(code, format!("The server cannot keep anything now: {fault}. Try again later."))
    }
}

/// Why the server could not start. Each is a sentence for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there, or the address is not this machine's.
    #[error("Parlance cannot listen on {addr}: {cause}. Choose another address with --addr.")]
    Listen {
        /// Where.
        addr: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The directory cannot be made, read or written.
    #[error("Parlance cannot use the data directory {}: {cause}. Choose another with --data-dir.", .path.display())]
    DataDir {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The certificate or its key cannot be read, or they do not belong together.
    #[error("Parlance cannot use {} for TLS: {cause}.", .path.display())]
    Tls {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// Another server uses the directory.
    #[error("Another Parlance uses the data directory {}. Choose another with --data-dir.", .0.display())]
    InUse(PathBuf),
    /// The database cannot be opened, or is not one of ours.
    #[error("Parlance cannot open the database {}: {cause}.", .path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// What SQLite said.
        cause: String,
    },
    /// The PostgreSQL database cannot be used.
    #[error("{0}")]
    Postgresql(String),
    /// Redis cannot be used.
    #[error("{0}")]
    Redis(String),
    /// The signing key is damaged.
    #[error("The signing key {} is not 32 bytes long. Delete it to have a new one made; everybody has to log in again.", .0.display())]
    SigningKey(PathBuf),
    /// The system has no random bytes.
    #[error("Parlance cannot make a signing key: {0}.")]
    Random(String),
}
