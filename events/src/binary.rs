//! Bytes inside a payload, which travel as Socket.IO attachments.
//!
//! JSON has no bytes. Socket.IO sends them beside it, each as a binary frame of its own, and leaves
//! `{"_placeholder":true,"num":0}` where the first of them belongs. [`Binary`] does so through serde:
//! while a payload is written, its bytes are gathered ([`writing`]); while one is read, they are handed
//! out ([`reading`]). The client does that only for catalogues that say `binary: true`; the others have
//! no code for it.

use std::{borrow::Cow, cell::RefCell, fmt, mem, pin::pin};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// Bytes that travel as a Socket.IO attachment.
///
/// ```
/// use typed_socketio::{Binary, binary};
///
/// let (json, attachments) = binary::writing(|| serde_json::to_string(&Binary(vec![1, 2])));
/// assert_eq!(json.unwrap(), r#"{"_placeholder":true,"num":0}"#);
/// assert_eq!(attachments, [[1, 2]]);
/// ```
///
/// # Errors
/// Writing or reading it outside of [`writing`] and [`reading`] is an error of serde. So is a
/// placeholder that names no attachment, or an attachment that another placeholder has taken.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Binary(pub Vec<u8>);

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binary({} bytes)", self.0.len())
    }
}

impl From<Vec<u8>> for Binary {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

enum Scope {
    None,
    Writing(Vec<Vec<u8>>),
    /// An attachment is `None` once it was taken.
    Reading(Vec<Option<Vec<u8>>>),
}

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope::None) };
}

/// Puts the earlier scope back, also after a panic.
struct Outer(Scope);

impl Outer {
    fn enter(scope: Scope) -> Self {
        Self(SCOPE.replace(scope))
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        SCOPE.set(mem::replace(&mut self.0, Scope::None));
    }
}

/// Gathers the bytes of all [`Binary`] that `write` serialises, in the order of their numbers.
pub fn writing<T>(write: impl FnOnce() -> T) -> (T, Vec<Vec<u8>>) {
    let mut gathered = Vec::new();
    (gathering(&mut gathered, write), gathered)
}

/// The same for a future: gathers what is serialised while it is polled.
pub async fn writing_in<F: Future>(write: F) -> (F::Output, Vec<Vec<u8>>) {
    let mut gathered = Vec::new();
    let mut write = pin!(write);
    let output =
        std::future::poll_fn(|context| gathering(&mut gathered, || write.as_mut().poll(context))).await;
    (output, gathered)
}

/// Hands these bytes to the [`Binary`] that `read` deserialises, each of them once.
pub fn reading<T>(attachments: Vec<Vec<u8>>, read: impl FnOnce() -> T) -> T {
    let _outer = Outer::enter(Scope::Reading(attachments.into_iter().map(Some).collect()));
    read()
}

/// The attachments that nothing has asked for while it was read.
pub(crate) fn unclaimed() -> Vec<Vec<u8>> {
    SCOPE.with_borrow_mut(|scope| match scope {
        Scope::Reading(attachments) => attachments.iter_mut().filter_map(Option::take).collect(),
        _ => Vec::new(),
    })
}

fn gathering<T>(gathered: &mut Vec<Vec<u8>>, write: impl FnOnce() -> T) -> T {
    let _outer = Outer::enter(Scope::Writing(mem::take(gathered)));
    let output = write();
    if let Scope::Writing(more) = SCOPE.replace(Scope::None) {
        *gathered = more;
    }
    output
}

#[derive(Serialize, Deserialize)]
struct Placeholder {
    _placeholder: bool,
    num: usize,
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let num = SCOPE.with_borrow_mut(|scope| match scope {
            Scope::Writing(attachments) => {
                attachments.push(self.0.clone());
                Some(attachments.len() - 1)
            }
            _ => None,
        });
        let num = num.ok_or_else(|| ser::Error::custom(OUTSIDE))?;
        Placeholder { _placeholder: true, num }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Placeholder { _placeholder: true, num } = Placeholder::deserialize(deserializer)? else {
            return Err(de::Error::custom("a placeholder that is none"));
        };
        SCOPE.with_borrow_mut(|scope| match scope {
            Scope::Reading(attachments) => match attachments.get_mut(num).map(Option::take) {
                Some(Some(bytes)) => Ok(Self(bytes)),
                Some(None) => Err(de::Error::custom(format_args!("the attachment {num} is used twice"))),
                None => Err(de::Error::custom(format_args!("there is no attachment {num}"))),
            },
            _ => Err(de::Error::custom(OUTSIDE)),
        })
    }
}

const OUTSIDE: &str = "binary data in a catalogue that does not say `binary: true`";

impl JsonSchema for Binary {
    fn schema_name() -> Cow<'static, str> {
        "Binary".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "binary",
            "description": "Bytes, which travel as a Socket.IO attachment.",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str, attachments: Vec<Vec<u8>>) -> Result<Vec<Binary>, String> {
        reading(attachments, || serde_json::from_str(json)).map_err(|error| error.to_string())
    }

    proptest! {
        #[test]
        fn bytes_come_back_wherever_they_are(
            one: Vec<u8>,
            more in prop::collection::vec(any::<(String, Option<Vec<u8>>)>(), 0..5),
        ) {
            let more: Vec<_> = more.into_iter().map(|(name, bytes)| (name, bytes.map(Binary))).collect();
            let payload = (Binary(one), more);
            let (json, attachments) = writing(|| serde_json::to_string(&payload).unwrap());
            let back: (Binary, Vec<(String, Option<Binary>)>) =
                reading(attachments, || serde_json::from_str(&json).unwrap());
            prop_assert_eq!(back, payload);
        }
    }

    #[test]
    fn a_placeholder_must_name_an_attachment_that_is_there_and_free() {
        let one = r#"{"_placeholder":true,"num":0}"#;
        assert_eq!(read(&format!("[{one}]"), vec![vec![7]]), Ok(vec![Binary(vec![7])]));
        for (json, sentence) in [
            (format!("[{one},{one}]"), "the attachment 0 is used twice"),
            (r#"[{"_placeholder":true,"num":1}]"#.to_owned(), "there is no attachment 1"),
            (r#"[{"_placeholder":true,"num":-1}]"#.to_owned(), "expected usize"),
            (r#"[{"_placeholder":true,"num":18446744073709551616}]"#.to_owned(), "expected usize"),
            (r#"[{"_placeholder":false,"num":0}]"#.to_owned(), "a placeholder that is none"),
            (r#"[{"num":0}]"#.to_owned(), "missing field `_placeholder`"),
            (r#"["bytes"]"#.to_owned(), "expected struct Placeholder"),
        ] {
            let error = read(&json, vec![vec![7]]).unwrap_err();
            assert!(error.contains(sentence), "{json}: {error}");
        }
    }

    #[test]
    fn outside_of_a_payload_it_is_an_error_that_says_why() {
        let error = serde_json::to_string(&Binary::default()).unwrap_err();
        assert!(error.to_string().contains("`binary: true`"), "{error}");
        let error = serde_json::from_str::<Binary>(r#"{"_placeholder":true,"num":0}"#).unwrap_err();
        assert!(error.to_string().contains("`binary: true`"), "{error}");
    }

    #[test]
    fn one_payload_inside_another_has_attachments_of_its_own() {
        let ((_, inner), outer) = writing(|| {
            serde_json::to_string(&Binary(vec![1])).unwrap();
            let inner = writing(|| serde_json::to_string(&Binary(vec![2])).unwrap());
            serde_json::to_string(&Binary(vec![3])).unwrap();
            inner
        });
        assert_eq!((inner, outer), (vec![vec![2]], vec![vec![1], vec![3]]));
    }

    #[test]
    fn a_panic_leaves_no_scope_behind() {
        let broken = std::panic::catch_unwind(|| writing(|| panic!("on purpose")));
        assert!(broken.is_err());
        assert!(serde_json::to_string(&Binary::default()).is_err());
    }
}
