//! A short, quiet tone, made here: there is no file to load.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioContext, OscillatorType};

use crate::browser::elapsed;

const HERTZ: f32 = 660.0;
const LOUDNESS: f32 = 0.06;
const SILENCE: f32 = 0.0001;
/// Seconds until it is there, and until it is gone.
const RISES: f64 = 0.02;
const ENDS: f64 = 0.28;
/// A tone that comes later than this, in milliseconds, is about nothing any more.
const LATE: i64 = 1_000;
/// Messages that come sooner than this one after the other, in milliseconds, are heard once.
const APART: i64 = 3_000;

#[derive(Clone, Copy)]
pub(super) struct Sound {
    context: StoredValue<Option<AudioContext>, LocalStorage>,
    last: StoredValue<Option<i64>>,
}

impl Sound {
    pub(super) fn new() -> Self {
        Self { context: StoredValue::new_local(None), last: StoredValue::new(None) }
    }

    pub(super) fn play(self) {
        let asked = elapsed();
        if self.last.get_value().is_some_and(|last| asked - last < APART) {
            return;
        }
        self.last.set_value(Some(asked));
        let context = self.context.try_update_value(|kept| {
            if kept.is_none() {
                *kept = AudioContext::new().ok();
            }
            kept.clone()
        });
        let Some(Some(context)) = context else { return };
        spawn_local(async move {
            // A browser lets a page be heard once somebody has pressed something in it, perhaps much later.
            let Ok(resuming) = context.resume() else { return };
            let resumed = JsFuture::from(resuming).await;
            if resumed.is_ok() && elapsed() - asked < LATE {
                let _ = tone(&context);
            }
        });
    }
}

fn tone(context: &AudioContext) -> Result<(), JsValue> {
    let (tone, volume) = (context.create_oscillator()?, context.create_gain()?);
    let (now, gain) = (context.current_time(), volume.gain());
    tone.set_type(OscillatorType::Sine);
    tone.frequency().set_value(HERTZ);
    gain.set_value_at_time(SILENCE, now)?;
    gain.exponential_ramp_to_value_at_time(LOUDNESS, now + RISES)?;
    gain.exponential_ramp_to_value_at_time(SILENCE, now + ENDS)?;
    tone.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&context.destination())?;
    tone.start()?;
    tone.stop_with_when(now + ENDS)
}
