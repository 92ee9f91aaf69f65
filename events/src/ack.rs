//! How a server writes an answer, or a refusal, into the arguments of an ack.
//!
//! Socket.IO does not define this. A catalogue does, with `ack:` and one of [`Plain`], [`DataOrError`]
//! and [`ErrorFirst`], or a type of the program's own that implements [`AckShape`].

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};

/// Where an ack has the answer among its arguments, and where it has the refusal.
pub trait AckShape: Send + Sync + 'static {
    /// Finds the answer (`Ok`) or the refusal (`Err`), both still as raw JSON.
    ///
    /// # Errors
    /// The ack has another form; the sentence says which.
    fn read<'a>(arguments: &[&'a RawValue]) -> Result<Result<&'a RawValue, &'a RawValue>, String>;

    /// The JSON Schemas of the ack's arguments, made of those of the answer and of the refusal.
    fn schemas(answer: Value, error: Value) -> Vec<Value>;

    /// Types that [`Self::typescript`] refers to.
    #[must_use]
    fn typescript_types(_error: &str) -> String {
        String::new()
    }

    /// The parameters of the ack's callback in TypeScript, made of the types of the answer and of
    /// the refusal.
    fn typescript(answer: &str, error: &str) -> String;
}

/// The answer is the only argument, and nothing is ever refused: `ack(sum)`.
#[derive(Clone, Copy, Debug)]
pub enum Plain {}

impl AckShape for Plain {
    fn read<'a>(arguments: &[&'a RawValue]) -> Result<Result<&'a RawValue, &'a RawValue>, String> {
        match arguments {
            [] => Ok(Ok(RawValue::NULL)),
            [answer] => Ok(Ok(answer)),
            more => Err(format!("an ack of {} arguments, where one is expected", more.len())),
        }
    }

    fn schemas(answer: Value, _: Value) -> Vec<Value> {
        vec![answer]
    }

    fn typescript(answer: &str, _: &str) -> String {
        format!("answer: {answer}")
    }
}

/// The callback of Node: `ack(error)`, or `ack(null, answer)`.
#[derive(Clone, Copy, Debug)]
pub enum ErrorFirst {}

impl AckShape for ErrorFirst {
    fn read<'a>(arguments: &[&'a RawValue]) -> Result<Result<&'a RawValue, &'a RawValue>, String> {
        match arguments {
            [] => Ok(Ok(RawValue::NULL)),
            [error, ..] if error.get() != "null" => Ok(Err(error)),
            [_] => Ok(Ok(RawValue::NULL)),
            [_, answer] => Ok(Ok(answer)),
            more => {
                Err(format!("an ack of {} arguments, where an error and an answer are expected", more.len()))
            }
        }
    }

    fn schemas(answer: Value, error: Value) -> Vec<Value> {
        vec![json!({ "oneOf": [{ "type": "null" }, error] }), answer]
    }

    fn typescript(answer: &str, error: &str) -> String {
        format!("error: {error} | null, answer?: {answer}")
    }
}

/// One object: `ack({ data })` or `ack({ error })`. [`Reply`] is the type that a server writes.
#[derive(Clone, Copy, Debug)]
pub enum DataOrError {}

impl AckShape for DataOrError {
    fn read<'a>(arguments: &[&'a RawValue]) -> Result<Result<&'a RawValue, &'a RawValue>, String> {
        let [reply] = arguments else {
            return Err(format!(
                "an ack of {} arguments, where `{{data}}` or `{{error}}` is expected",
                arguments.len()
            ));
        };
        serde_json::from_str::<Reply<&RawValue, &RawValue>>(reply.get())
            .map(Result::from)
            .map_err(|error| format!("an ack that is neither `{{data}}` nor `{{error}}`: {error}"))
    }

    fn schemas(data: Value, error: Value) -> Vec<Value> {
        vec![json!({
            "oneOf": [
                { "type": "object", "properties": { "data": data }, "required": ["data"] },
                { "type": "object", "properties": { "error": error }, "required": ["error"] },
            ],
        })]
    }

    fn typescript_types(error: &str) -> String {
        format!(
            "/** What an ack carries: the answer or the refusal. */\n\
             export type Reply<T> = {{ data: T; error?: never }} | {{ data?: never; error: {error} }};\n\n"
        )
    }

    fn typescript(answer: &str, _: &str) -> String {
        format!("reply: Reply<{answer}>")
    }
}

/// What an ack of the shape [`DataOrError`] carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reply<T, E> {
    /// It was done; this is the answer.
    Data(T),
    /// It was refused; nothing was changed.
    Error(E),
}

impl<T, E> From<Result<T, E>> for Reply<T, E> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(data) => Self::Data(data),
            Err(error) => Self::Error(error),
        }
    }
}

impl<T, E> From<Reply<T, E>> for Result<T, E> {
    fn from(reply: Reply<T, E>) -> Self {
        match reply {
            Reply::Data(data) => Ok(data),
            Reply::Error(error) => Err(error),
        }
    }
}

/// The refusal of a catalogue that refuses nothing; there is no value of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NoError {}

impl fmt::Display for NoError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<S: AckShape>(ack: &str) -> String {
        let arguments: Vec<&RawValue> = serde_json::from_str(ack).unwrap();
        match S::read(&arguments) {
            Ok(Ok(answer)) => format!("answer {answer}"),
            Ok(Err(error)) => format!("refused {error}"),
            Err(other) => other,
        }
    }

    #[test]
    fn a_plain_ack_is_its_only_argument() {
        assert_eq!(read::<Plain>("[3]"), "answer 3");
        assert_eq!(read::<Plain>("[]"), "answer null");
        assert_eq!(read::<Plain>("[1,2]"), "an ack of 2 arguments, where one is expected");
    }

    #[test]
    fn nodes_callback_has_the_error_first() {
        assert_eq!(read::<ErrorFirst>("[null,3]"), "answer 3");
        assert_eq!(read::<ErrorFirst>("[]"), "answer null");
        assert_eq!(read::<ErrorFirst>("[null]"), "answer null");
        assert_eq!(read::<ErrorFirst>(r#"["no"]"#), r#"refused "no""#);
        assert_eq!(read::<ErrorFirst>(r#"["no",3]"#), r#"refused "no""#);
        assert!(read::<ErrorFirst>("[null,1,2]").contains("3 arguments"));
    }

    #[test]
    fn an_object_has_data_or_an_error() {
        assert_eq!(read::<DataOrError>(r#"[{"data":7}]"#), "answer 7");
        assert_eq!(read::<DataOrError>(r#"[{"error":"no"}]"#), r#"refused "no""#);
        for other in ["[]", "[7]", "[{}]", r#"[{"data":1,"error":2}]"#, r#"[{"data":1},2]"#] {
            let sentence = read::<DataOrError>(other);
            assert!(sentence.contains("`{data}`") && sentence.contains("`{error}`"), "{other}: {sentence}");
        }
    }

    #[test]
    fn a_reply_is_data_or_error() {
        assert_eq!(serde_json::to_string(&Reply::<_, ()>::Data(7)).unwrap(), r#"{"data":7}"#);
        assert_eq!(serde_json::to_string(&Reply::<(), _>::Error("no")).unwrap(), r#"{"error":"no"}"#);
    }
}
