//! The macro for a catalogue that is written in several places.

/// Rows of a catalogue, for example those of one feature, beside its payloads. A catalogue puts
/// several such tables together:
///
/// ```
/// # use typed_socketio::{Catalogue as _, events};
/// mod weather {
///     # use schemars::JsonSchema; use serde::{Deserialize, Serialize};
///     #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
///     pub struct Forecast { pub days: u8 }
///
///     typed_socketio::event_table! {
///         pub(crate) table weather {
///             client {
///                 /// Asks what the weather will be.
///                 "forecast" => Forecast -> Vec<String>, { "days": 3 };
///             }
///             server {
///                 /// It begins to rain.
///                 "rain" => Rain(f64), 0.5;
///             }
///         }
///     }
/// }
///
/// mod tides {
///     typed_socketio::event_table! {
///         pub(crate) table tides {
///             server {
///                 /// It is high tide.
///                 "tide" => Tide(String), "12:00";
///             }
///         }
///     }
/// }
///
/// // The types of the rows, and the tables.
/// use tides::*;
/// use weather::*;
///
/// events! {
///     /// What a harbour wants to know.
///     pub catalogue Harbour {} of weather, tides
///     /// What a ship asks.
///     client Question;
///     /// What it hears.
///     server News;
/// }
///
/// assert_eq!(Harbour::events().len(), 3);
/// ```
///
/// The enums are the same as those of one table, and so are the compiler's sentences.
#[macro_export]
macro_rules! event_table {
    (
        $vis:vis table $table:ident {
            $(client { $($client:tt)* })?
            $(server { $($server:tt)* })?
            $(requests { $($request:tt)* })?
        }
    ) => {
        $crate::event_table! {
            @define ($) $vis $table
            [$($($client)*)?] [$($($server)*)?] [$($($request)*)?]
        }
    };

    // Makes a macro that adds these rows to those of the tables before it and then calls the macro of
    // the next table. `$d` is a dollar sign in the macro that it makes.
    (
        @define ($d:tt) $vis:vis $table:ident
        [$($client:tt)*] [$($server:tt)*] [$($request:tt)*]
    ) => {
        #[doc(hidden)]
        macro_rules! $table {
            ($d heads:tt [$d ($d c:tt)*] [$d ($d s:tt)*] [$d ($d r:tt)*] $d ($d next:ident)*) => {
                $crate::events! {
                    @tables $d heads
                    [$d ($d c)* $($client)*] [$d ($d s)* $($server)*] [$d ($d r)* $($request)*]
                    $d ($d next)*
                }
            };
        }
        $vis use $table;
    };
}
