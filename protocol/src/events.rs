//! The macro that makes a catalogue from a table.

/// Makes a [`Catalogue`](crate::Catalogue) from a table; `protocol/src/catalogue.rs` is the model.
///
/// Two things in it may be left out. `binary: true` behind the fingerprint allows
/// [`Binary`](crate::Binary) in payloads. A section `requests` behind `server` has what the server
/// sends *and wants answered*, in rows like those under `client`; a client's program answers it
/// with [`Handle`](crate::Handle), as a server answers a client. On the wire such an answer is the
/// ack's only argument as it is, without `data` around it, as any Socket.IO server expects it.
///
/// ```
/// use protocol::events;
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct Ring {}
///
/// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct MayIEnter {
///     name: String,
/// }
///
/// events! {
///     /// A door.
///     pub catalogue Door { error: String, fingerprint: "1" }
///     /// What a visitor does.
///     client Visit {
///         /// Rings the bell.
///         "ring" => Ring -> bool, {};
///     }
///     /// What a visitor hears.
///     server Sound {
///         /// Somebody comes.
///         "steps" => Steps(u32), 3;
///     }
///     /// What a visitor is asked.
///     requests Question {
///         /// Asks whether somebody else may enter as well.
///         "mayIEnter" => MayIEnter -> bool, { "name": "Ada" };
///     }
/// }
/// ```
#[macro_export]
macro_rules! events {
    (
        $(#[$catalogue_meta:meta])*
        $vis:vis catalogue $catalogue:ident {
            error: $error:ty,
            fingerprint: $fingerprint:expr
            $(, binary: $binary:literal)?
            $(,)?
        }

        $(#[$client_meta:meta])*
        client $client:ident { $(
            $(#[doc = $client_doc:literal])+
            $client_name:literal => $call:ident -> $ack:ty, $client_example:tt;
        )+ }

        $(#[$server_meta:meta])*
        server $server:ident { $(
            $(#[doc = $server_doc:literal])+
            $server_name:literal => $variant:ident($payload:ty), $server_example:tt;
        )+ }

        $(
            $(#[$request_meta:meta])+
            requests $request:ident { $(
                $(#[doc = $request_doc:literal])+
                $request_name:literal => $question:ident -> $answer:ty, $request_example:tt;
            )+ }
        )?
    ) => {
        $(#[$catalogue_meta])*
        #[derive(Clone, Copy, Debug)]
        $vis enum $catalogue {}

        impl $crate::event::Catalogue for $catalogue {
            type ClientEvent = $client;
            type ServerEvent = $server;
            type ServerRequest = $crate::events!(@request $($request)?);
            type Error = $error;
            const FINGERPRINT: &'static str = $fingerprint;
            $( const BINARY: bool = $binary; )?
            $( const REQUESTS: bool = $crate::events!(@is_there $request); )?

            fn events() -> Vec<$crate::event::EventSpec> {
                vec![
                    $( $crate::event::EventSpec {
                        name: $client_name,
                        direction: $crate::event::Direction::Client,
                        doc: &[$($client_doc),+],
                        payload: |generator| generator.subschema_for::<$call>(),
                        ack: Some(|generator| generator.subschema_for::<$ack>()),
                        example: || $crate::__private::json!($client_example),
                        round_trip: |payload| $crate::event::round_trip::<$client>($client_name, payload),
                    }, )+
                    $( $crate::event::EventSpec {
                        name: $server_name,
                        direction: $crate::event::Direction::Server,
                        doc: &[$($server_doc),+],
                        payload: |generator| generator.subschema_for::<$payload>(),
                        ack: None,
                        example: || $crate::__private::json!($server_example),
                        round_trip: |payload| $crate::event::round_trip::<$server>($server_name, payload),
                    }, )+
                    $( $( $crate::event::EventSpec {
                        name: $request_name,
                        direction: $crate::event::Direction::Server,
                        doc: &[$($request_doc),+],
                        payload: |generator| generator.subschema_for::<$question>(),
                        ack: Some(|generator| generator.subschema_for::<$answer>()),
                        example: || $crate::__private::json!($request_example),
                        round_trip: |payload| $crate::event::round_trip::<$request>($request_name, payload),
                    }, )+ )?
                ]
            }
        }

        $(
            // The compiler's list of everything that is an event would bury its first line.
            #[diagnostic::do_not_recommend]
            impl $crate::event::Call for $call {
                type Catalogue = $catalogue;
            }
        )+

        $crate::events! {
            @answered decode_request
            $(#[$client_meta])*
            $vis enum $client { $(
                $(#[doc = $client_doc])+
                $client_name => $call -> $ack;
            )+ }
        }

        $(#[$server_meta])*
        #[derive(Clone, Debug)]
        $vis enum $server { $(
            $(#[doc = $server_doc])+
            $variant($payload),
        )+ }

        impl $crate::event::EventEnum for $server {
            fn decode(
                name: &str,
                payload: &$crate::__private::RawValue,
            ) -> Result<Self, $crate::event::DecodeError> {
                match name {
                    $( $server_name => $crate::event::decode_notification(payload).map(Self::$variant), )+
                    _ => Err($crate::event::DecodeError::UnknownEvent(name.to_owned())),
                }
            }

            fn name(&self) -> &'static str {
                match self { $( Self::$variant(_) => $server_name, )+ }
            }

            fn payload(&self) -> $crate::event::RawJson {
                match self { $( Self::$variant(payload) => $crate::event::encode(payload), )+ }
            }
        }

        $(
            $crate::events! {
                @answered decode_asked
                $(#[$request_meta])*
                $vis enum $request { $(
                    $(#[doc = $request_doc])+
                    $request_name => $question -> $answer;
                )+ }
            }
        )?
    };

    (@request) => { $crate::event::NoRequest };
    (@request $request:ident) => { $request };
    (@is_there $request:ident) => { true };

    // Events that get an answer, of either direction.
    (
        @answered $decode:ident
        $(#[$meta:meta])*
        $vis:vis enum $events:ident { $(
            $(#[doc = $doc:literal])+
            $name:literal => $event:ident -> $ack:ty;
        )+ }
    ) => {
        $(
            #[diagnostic::do_not_recommend]
            impl $crate::event::Request for $event {
                type Ack = $ack;
                const NAME: &'static str = $name;
            }
        )+

        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis enum $events { $(
            $(#[doc = $doc])+
            $event($event),
        )+ }

        impl $events {
            /// Hands the event to its handler; the answer is what the ack carries, as JSON.
            ///
            /// # Errors
            /// What the handler refuses with.
            $vis async fn dispatch<H>(
                self,
                handler: &H,
            ) -> Result<Box<$crate::__private::RawValue>, $crate::event::DispatchError<H::Error>>
            where
                H: $crate::event::Handler $( + $crate::event::Handle<$event> )+,
            {
                match self {
                    $( Self::$event(event) => $crate::event::encode_ack(
                        <H as $crate::event::Handle<$event>>::handle(handler, event).await,
                    ), )+
                }
            }
        }

        impl $crate::event::EventEnum for $events {
            fn decode(
                name: &str,
                payload: &$crate::__private::RawValue,
            ) -> Result<Self, $crate::event::DecodeError> {
                match name {
                    $( $name => $crate::event::$decode(name, payload).map(Self::$event), )+
                    _ => Err($crate::event::DecodeError::UnknownEvent(name.to_owned())),
                }
            }

            fn name(&self) -> &'static str {
                match self { $( Self::$event(_) => $name, )+ }
            }

            fn payload(&self) -> $crate::event::RawJson {
                match self { $( Self::$event(payload) => $crate::event::encode(payload), )+ }
            }
        }
    };
}
