//! Frames through a wire, in pieces of any size.

use tokio::io::duplex;

use super::*;
use crate::gateway::{frame::Header, transport::LONG};

fn wire(stream: tokio::io::DuplexStream) -> Wire<tokio::io::DuplexStream> {
    Wire::new(stream, Transport::new(), Arc::default(), OnDrop::nothing())
}

/// A text in several frames, with a ping between each two.
fn pieces(texts: &[&str]) -> Vec<u8> {
    let mut pieces: Vec<Vec<u8>> = texts.iter().map(|text| frame(text)).collect();
    let last = pieces.len() - 1;
    for (at, piece) in pieces.iter_mut().enumerate() {
        piece[0] = if at == 0 { 0x01 } else { 0x00 } | if at == last { 0x80 } else { 0x00 };
    }
    pieces.join(&[0x89, 0x80, 0, 0, 0, 0][..])
}

/// A frame as a client writes it.
fn frame(text: &str) -> Vec<u8> {
    let mask = [7, 8, 9, 10];
    let mut frame = vec![TEXT];
    match text.len() {
        len @ ..126 => frame.push(0x80 | len as u8),
        len => frame.extend([&[0x80 | 126][..], &(len as u16).to_be_bytes()].concat()),
    }
    frame.extend(mask);
    frame.extend(text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

#[tokio::test]
async fn frames_pass_unchanged_whatever_pieces_they_are_written_and_read_in() {
    let long = format!("42[\"x\",\"{}\"]", "y".repeat(3_000));
    let texts =
        ["40{}", "42[\"x\"]", "3", "", &long, "42123[\"listOnline\"]", "40/other,{}", "4", "429[\"x\"]"];
    let whole = texts.iter().map(|text| frame(text));
    let in_pieces =
        [&["4", "27[", "\"x\"]"][..], &["", "429[\"x\"]"], &["40/other,", "{}"], &["42", &long, ""]];
    let stream = whole.chain(in_pieces.iter().map(|texts| pieces(texts))).collect::<Vec<_>>().concat();
    for (written, read) in [(1, 1), (1, 64), (3, 2), (7, 5), (50, 14), (64, 1), (1_000, 14), (5_000, 1_024)] {
        assert_eq!(passed(&stream, written, read).await, stream, "written by {written}, read by {read}");
    }
}

#[tokio::test]
async fn a_name_with_escapes_is_rewritten_also_behind_an_empty_frame_and_in_whatever_pieces_it_comes() {
    for rest in ["", &"y".repeat(300)] {
        let text = format!(r#"42["lis\u0074Online",{{}}]{rest}"#);
        let stream = pieces(&["", &text]);
        let whole = passed(&stream, 5_000, 1_024).await;
        assert_ne!(whole, stream);
        for written in 1..stream.len() {
            assert_eq!(passed(&stream, written, 64).await, whole, "written by {written}");
        }
    }
}

/// What passes of what a client writes and ends with, if it is written and read in pieces of these sizes.
async fn passed(stream: &[u8], written: usize, read: usize) -> Vec<u8> {
    let (mut client, server) = duplex(8_192);
    let mut wire = wire(server);
    let pieces: Vec<Vec<u8>> = stream.chunks(written).map(<[u8]>::to_vec).collect();
    tokio::spawn(async move {
        for piece in pieces {
            client.write_all(&piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    let mut passed = Vec::new();
    let mut buffer = vec![0; read];
    loop {
        let some = wire.read(&mut buffer).await.unwrap();
        if some == 0 {
            return passed;
        }
        passed.extend_from_slice(&buffer[..some]);
    }
}

#[tokio::test]
async fn the_first_ping_is_taken_out_and_answered_between_frames() {
    let (mut client, server) = duplex(8_192);
    let mut wire = wire(server);
    let mut open = vec![TEXT, 2];
    open.extend(b"0x");
    wire.write_all(&[&open[..], &PING, &open].concat()).await.unwrap();
    let mut out = [0; 8];
    client.read_exact(&mut out).await.unwrap();
    assert_eq!(out, *[open.clone(), open].concat());
    client.write_all(&frame("41")).await.unwrap();
    let mut read = [0; 7];
    wire.read_exact(&mut read).await.unwrap();
    assert_eq!(read, frame::from_client(PONG));
    wire.write_all(&PING).await.unwrap();
    client.read_exact(&mut out[..3]).await.unwrap();
    assert_eq!(out[..3], PING, "the second one goes out");
}

#[tokio::test]
async fn nothing_is_put_in_between_the_frames_of_one_message() {
    let (mut client, server) = duplex(8_192);
    let mut wire = wire(server);
    let text = pieces(&["4", "1"]);
    client.write_all(&text[..13]).await.unwrap();
    let mut read = [0; 7];
    wire.read_exact(&mut read).await.unwrap();
    wire.write_all(&PING).await.unwrap();
    let mut read = vec![0; text.len()];
    let reading = tokio::spawn(async move {
        wire.read_exact(&mut read).await.unwrap();
        read
    });
    tokio::task::yield_now().await;
    client.write_all(&text[13..]).await.unwrap();
    let read = reading.await.unwrap();
    assert_eq!(read, *[&text[7..], &frame::from_client(PONG)].concat());
}

#[tokio::test]
async fn a_number_that_cannot_be_answered_is_found_in_whatever_frames_it_comes() {
    for texts in [
        &["429223372036854775808[\"x\"]"][..],
        &["42", "9223372036854775808[\"x\"]"],
        &["", "4", "2/", ",92233720368547", "75808[\"x\"]"],
        &["42/,9", "223372036854775808", "", "[\"x\"]"],
    ] {
        for written in [1, 5, 1_000] {
            let (mut client, server) = duplex(8_192);
            let mut wire = wire(server);
            for piece in pieces(texts).chunks(written) {
                client.write_all(piece).await.unwrap();
            }
            drop(client);
            let mut passed = Vec::new();
            assert!(wire.read_to_end(&mut passed).await.is_err(), "{texts:?}");
            assert_eq!(wire.reason, Some(Reason::Policy), "{texts:?}");
        }
    }
}

#[tokio::test]
async fn a_session_is_upgraded_only_after_it_has_probed() {
    for (texts, upgraded) in [
        (&["2probe", "5"][..], true),
        (&["5"], false),
        (&["2prob", "5"], false),
        (&["2probe", "42[\"x\"]"], false),
    ] {
        let (mut client, server) = duplex(8_192);
        let mut wire = wire(server);
        client.write_all(&texts.iter().map(|text| frame(text)).collect::<Vec<_>>().concat()).await.unwrap();
        drop(client);
        wire.read_to_end(&mut Vec::new()).await.unwrap();
        assert_eq!(wire.transport.is_upgraded(), upgraded, "{texts:?}");
    }
}

#[tokio::test]
async fn a_long_packet_takes_the_place_of_its_placeholder() {
    // RFC 6455, section 5.2: a length is written in as few bytes as hold it.
    for (length, header) in [(LONG, 4), (65_535, 4), (65_536, 10), (300_000, 10)] {
        let (mut client, server) = duplex(64);
        let mut wire = wire(server);
        let packet: Arc<str> = "y".repeat(length).into();
        let transport = wire.transport.clone();
        transport.charge(packet.len());
        transport.share(packet.clone(), || {});
        let mut placeholder = vec![TEXT, PLACEHOLDER.len() as u8];
        placeholder.extend(PLACEHOLDER.as_bytes());
        let short = [TEXT, 1, b'x'];
        let writing = tokio::spawn(async move {
            wire.write_all(&[&short[..], &placeholder, &short].concat()).await.unwrap();
            wire
        });
        let mut out = vec![0; 3 + header + packet.len() + 3];
        client.read_exact(&mut out).await.unwrap();
        assert_eq!((&out[..3], &out[out.len() - 3..]), (&short[..], &short[..]));
        let read = Header::read(&out[3..]).unwrap();
        assert_eq!((read.len, read.payload), (header, packet.len() as u64));
        assert_eq!(&out[3 + header..out.len() - 3], packet.as_bytes());
        writing.await.unwrap();
        assert!(transport.is_drained());
    }
}

#[tokio::test]
async fn a_wire_that_is_cut_off_while_nothing_moves_ends_both_directions() {
    let (_client, server) = duplex(16);
    let wire = wire(server);
    let transport = wire.transport.clone();
    let (mut reading, mut writing) = tokio::io::split(wire);
    let writing = tokio::spawn(async move { writing.write_all(&[0; 100]).await });
    let reading = tokio::spawn(async move { reading.read_u8().await });
    tokio::task::yield_now().await;
    assert!(transport.cut());
    assert!(writing.await.unwrap().is_err() && reading.await.unwrap().is_err());
}

#[tokio::test]
async fn pings_are_answered_only_so_many_times_while_nothing_is_read() {
    const ANSWERED: usize = limits::UNREAD_PONGS as usize;
    let ping = [0x89, 0x80, 0, 0, 0, 0];
    let (mut client, server) = duplex(8_192);
    let mut wire = wire(server);
    let mut pings = async |wire: &mut Wire<_>, count: usize| {
        client.write_all(&ping.repeat(count)).await.unwrap();
        let mut read = vec![0; ping.len() * count];
        wire.read_exact(&mut read).await.unwrap();
        assert!(read.chunks(ping.len()).all(|frame| frame[1..] == ping[1..]));
        read.chunks(ping.len()).filter(|frame| frame[0] == ping[0]).count()
    };
    assert_eq!(pings(&mut wire, 3 * ANSWERED).await, 3 * ANSWERED);
    wire.transport.block(true);
    assert_eq!(pings(&mut wire, 3 * ANSWERED).await, ANSWERED);
    assert_eq!(pings(&mut wire, 5).await, 0, "they have become pongs, which nobody answers");
    wire.transport.block(false);
    assert_eq!(pings(&mut wire, 5).await, 5);
}
