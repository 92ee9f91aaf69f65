//! A client's WebSocket, byte by byte: however the bytes are split into pieces, the same ones pass.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parlance::fuzzing::wire;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[size, room], stream)) = bytes.split_first_chunk() else { return };
    let pieces: Vec<&[u8]> = stream.chunks(usize::from(size).max(1)).collect();
    let whole = wire(&[stream], 4096);
    assert_eq!(wire(&pieces, usize::from(room)), whole);
    assert!(whole.0.len() <= stream.len(), "nothing is made up");
});
