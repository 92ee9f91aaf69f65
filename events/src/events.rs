//! The macro that makes a catalogue from a table.

/// Makes a [`Catalogue`](crate::Catalogue) from a table.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use typed_socketio::{ErrorFirst, events};
///
/// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct Ring {}
///
/// /// Its elements are the arguments of the event.
/// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct Knock(u32, bool);
///
/// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct MayIEnter {
///     name: String,
/// }
///
/// events! {
///     /// A door.
///     pub catalogue Door {
///         error: String,
///         ack: ErrorFirst,
///     }
///     /// What a visitor does.
///     client Visit {
///         /// Rings the bell.
///         "ring" => Ring -> bool, {};
///         /// Knocks so often, and perhaps loudly: `emit("knock", 3, true)`.
///         "knock" => Knock(..) -> bool, [3, true];
///     }
///     /// What a visitor hears.
///     server Sound {
///         /// Somebody comes.
///         "steps" => Steps(u32), 3;
///         /// Somebody speaks: who, and how loudly.
///         "voice" => Voice(String, f64), ["Ada", 0.5];
///     }
///     /// What a visitor is asked.
///     requests Question {
///         /// Asks whether somebody else may enter as well.
///         "mayIEnter" => MayIEnter -> bool, { "name": "Ada" };
///     }
/// }
/// ```
///
/// The settings behind the name of the catalogue, in this order; each may be left out:
///
/// - `error`: the type of a refusal. Without it nothing is refused.
/// - `ack`: where an ack has the answer and where the refusal; [`Plain`](crate::Plain) by default.
/// - `version`, `fingerprint`: see [`Catalogue`](crate::Catalogue).
/// - `binary: true` allows [`Binary`](crate::Binary) in payloads.
///
/// An event has one argument, its payload. For a server that sends several, the row under `server`
/// lists their types, and the variant has a tuple of them. A payload that a client sends is a tuple
/// struct, and `(..)` behind its name spreads it over the arguments.
///
/// The section `requests` may be left out. It lists what the server sends *and wants answered*. A
/// client's program answers it with [`Handle`](crate::Handle), as a server answers a client. On the
/// wire such an answer is the ack's only argument.
///
/// The sections may also be spread over several tables, one for each feature; see
/// [`event_table!`](crate::event_table).
#[macro_export]
macro_rules! events {
    // Several tables, one after the other, and then what they make together.
    (
        $(#[$meta:meta])*
        $vis:vis catalogue $catalogue:ident { $($setting:tt)* } of $first:ident $(, $next:ident)*
        $(#[$client_meta:meta])*
        client $client:ident;
        $(#[$server_meta:meta])*
        server $server:ident;
        $( $(#[$request_meta:meta])+ requests $request:ident; )?
    ) => {
        $first! {
            [
                [$(#[$meta])* $vis catalogue $catalogue { $($setting)* }]
                [$(#[$client_meta])* client $client]
                [$(#[$server_meta])* server $server]
                [$( $(#[$request_meta])+ requests $request )?]
            ]
            [] [] [] $($next)*
        }
    };
    (@tables $heads:tt $client:tt $server:tt $request:tt $first:ident $($next:ident)*) => {
        $first! { $heads $client $server $request $($next)* }
    };
    (
        @tables [[$($head:tt)*] [$($client:tt)*] [$($server:tt)*] []]
        [$($client_row:tt)*] [$($server_row:tt)*] []
    ) => {
        $crate::events! { $($head)* $($client)* { $($client_row)* } $($server)* { $($server_row)* } }
    };
    (
        @tables [[$($head:tt)*] [$($client:tt)*] [$($server:tt)*] [$($request:tt)+]]
        [$($client_row:tt)*] [$($server_row:tt)*] [$($request_row:tt)*]
    ) => {
        $crate::events! {
            $($head)*
            $($client)* { $($client_row)* }
            $($server)* { $($server_row)* }
            $($request)+ { $($request_row)* }
        }
    };

    // Adds the comma behind the last setting, if it is missing.
    (
        $(#[$meta:meta])*
        $vis:vis catalogue $catalogue:ident { $($setting:tt)* }
        $($table:tt)*
    ) => {
        $crate::events! {
            @table
            $(#[$meta])*
            $vis catalogue $catalogue { $($setting)*, }
            $($table)*
        }
    };

    (
        @table
        $(#[$catalogue_meta:meta])*
        $vis:vis catalogue $catalogue:ident {
            $(error: $error:ty,)?
            $(ack: $ack_shape:ty,)?
            $(version: $version:expr,)?
            $(fingerprint: $fingerprint:expr,)?
            $(binary: $binary:literal,)?
            $(,)?
        }

        $(#[$client_meta:meta])*
        client $client:ident { $(
            $(#[doc = $client_doc:literal])+
            $client_name:literal => $call:ident $(($($spread:tt)+))? -> $ack:ty, $client_example:tt;
        )* }

        $(#[$server_meta:meta])*
        server $server:ident { $(
            $(#[doc = $server_doc:literal])+
            $server_name:literal => $variant:ident($($payload:ty),+), $server_example:tt;
        )* }

        $(
            $(#[$request_meta:meta])+
            requests $request:ident { $(
                $(#[doc = $request_doc:literal])+
                $request_name:literal => $question:ident -> $answer:ty, $request_example:tt;
            )* }
        )?
    ) => {
        $(#[$catalogue_meta])*
        #[derive(Clone, Copy, Debug)]
        $vis enum $catalogue {}

        impl $crate::event::Catalogue for $catalogue {
            type ClientEvent = $client;
            type ServerEvent = $server;
            type ServerRequest = $crate::events!(@request $($request)?);
            type Error = $crate::events!(@or [$crate::NoError] $($error)?);
            type Ack = $crate::events!(@or [$crate::Plain] $($ack_shape)?);
            $( const FINGERPRINT: &'static str = $fingerprint; )?
            $( const VERSION: &'static str = $version; )?
            $( const BINARY: bool = $binary; )?
            $( const REQUESTS: bool = $crate::events!(@is_there $request); )?

            fn events() -> Vec<$crate::event::EventSpec> {
                vec![
                    $( $crate::__private::answered::<$client, $call, $ack>(
                        $crate::event::Direction::Client,
                        &[$($client_doc),+],
                        || $crate::__private::json!($client_example),
                    ), )*
                    $( $crate::event::EventSpec {
                        name: $server_name,
                        direction: $crate::event::Direction::Server,
                        doc: &[$($server_doc),+],
                        payload: |generator| generator.subschema_for::<$crate::events!(@payload $($payload),+)>(),
                        spread: $crate::events!(@several $($payload),+),
                        ack: None,
                        example: || $crate::__private::json!($server_example),
                        round_trip: |payload| $crate::__private::round_trip::<$server>($server_name, payload),
                    }, )*
                    $( $( $crate::__private::answered::<$request, $question, $answer>(
                        $crate::event::Direction::Server,
                        &[$($request_doc),+],
                        || $crate::__private::json!($request_example),
                    ), )* )?
                ]
            }
        }

        $(
            // Otherwise the compiler lists every type that is an event, and nobody sees its first line.
            #[diagnostic::do_not_recommend]
            impl $crate::event::Call for $call {
                type Catalogue = $catalogue;
            }
        )*

        $crate::events! {
            @answered decode_request
            $(#[$client_meta])*
            $vis enum $client { $(
                $(#[doc = $client_doc])+
                $client_name => $call [$($($spread)+)?] -> $ack;
            )* }
        }

        $crate::events! {
            @enum decode_sent
            $(#[$server_meta])*
            $vis enum $server { $(
                $(#[doc = $server_doc])+
                $server_name => $variant($crate::events!(@payload $($payload),+)),
                    $crate::events!(@several $($payload),+);
            )* }
        }

        $(
            $crate::events! {
                @answered decode_sent
                $(#[$request_meta])*
                $vis enum $request { $(
                    $(#[doc = $request_doc])+
                    $request_name => $question [] -> $answer;
                )* }
            }
        )?
    };

    (@request) => { $crate::NoRequest };
    (@request $request:ident) => { $request };
    (@is_there $request:ident) => { true };
    (@or [$default:ty]) => { $default };
    (@or [$default:ty] $given:ty) => { $given };
    (@payload $only:ty) => { $only };
    (@payload $($many:ty),+) => { ($($many),+) };
    (@several $only:ty) => { false };
    (@several $($many:ty),+) => { true };
    (@spread) => { false };
    (@spread ..) => { true };

    // Events that get an answer, of either direction.
    (
        @answered $decode:ident
        $(#[$meta:meta])*
        $vis:vis enum $events:ident { $(
            $(#[doc = $doc:literal])+
            $name:literal => $event:ident [$($spread:tt)*] -> $ack:ty;
        )* }
    ) => {
        $(
            #[diagnostic::do_not_recommend]
            impl $crate::event::Request for $event {
                type Ack = $ack;
                const NAME: &'static str = $name;
                const SPREAD: bool = $crate::events!(@spread $($spread)*);
            }
        )*

        $crate::events! {
            @enum $decode
            $(#[$meta])*
            $vis enum $events { $(
                $(#[doc = $doc])+
                $name => $event($event), <$event as $crate::event::Request>::SPREAD;
            )* }
        }

        impl $events {
            // A program that only sends these events does not call it.
            #[allow(dead_code)]
            /// Hands the event to its handler; the answer is what the ack carries, as JSON.
            ///
            /// # Errors
            /// The handler refused, or its answer cannot be written as JSON.
            $vis async fn dispatch<H>(
                self,
                handler: &H,
            ) -> Result<Box<$crate::__private::RawValue>, $crate::event::DispatchError<H::Error>>
            where
                H: $crate::event::Handler $( + $crate::event::Handle<$event> )*,
            {
                match self {
                    $( Self::$event(event) => $crate::__private::encode_ack(
                        <H as $crate::event::Handle<$event>>::handle(handler, event).await,
                    ), )*
                }
            }
        }
    };

    // The events of one direction.
    (
        @enum $decode:ident
        $(#[$meta:meta])*
        $vis:vis enum $events:ident { $(
            $(#[doc = $doc:literal])+
            $name:literal => $event:ident($payload:ty), $spread:expr;
        )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis enum $events { $(
            $(#[doc = $doc])+
            $event($payload),
        )* }

        impl $events {
            /// The event's name on the wire.
            #[allow(dead_code)]
            $vis const fn name(&self) -> &'static str {
                match *self { $( Self::$event(_) => $name, )* }
            }
        }

        impl $crate::event::EventEnum for $events {
            #[allow(unreachable_code, unused_variables)]
            fn read<'de, A: $crate::__private::SeqAccess<'de>>(
                name: &str,
                arguments: &mut A,
            ) -> Result<Option<Self>, A::Error> {
                Ok(Some(match name {
                    $( $name => Self::$event(
                        $crate::__private::payload::<$payload, A, { $spread }>(arguments)?
                    ), )*
                    _ => return Ok(None),
                }))
            }

            fn decode(
                name: &str,
                payload: &$crate::__private::RawValue,
            ) -> Result<Self, $crate::DecodeError> {
                match name {
                    $( $name => $crate::decode::$decode(name, payload).map(Self::$event), )*
                    _ => Err($crate::DecodeError::UnknownEvent(name.to_owned())),
                }
            }

            fn name(&self) -> &str {
                self.name()
            }

            fn payload(&self) -> $crate::event::RawJson {
                match *self { $( Self::$event(ref payload) => $crate::__private::encode(payload), )* }
            }
        }
    };
}
