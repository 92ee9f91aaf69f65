//! An entry point for the fuzzer: a client's bytes through a [`Wire`].

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::{on_drop::OnDrop, transport::Transport, wire::Wire};

/// Which of a client's bytes pass when they arrive in these pieces and are read with so much room at a time,
/// and whether the connection was refused because of them.
#[must_use]
pub fn wire(pieces: &[&[u8]], room: usize) -> (Vec<u8>, bool) {
    let pieces: Vec<_> = pieces.iter().rev().map(|piece| piece.to_vec()).collect();
    let mut wire = Wire::new(Pieces(pieces), Transport::new(), Arc::default(), OnDrop::nothing());
    let mut passed = Vec::new();
    let mut buffer = vec![0; room.max(1)];
    loop {
        match wire.read(&mut buffer).now_or_never() {
            Some(Ok(0)) => return (passed, false),
            Some(Ok(some)) => passed.extend_from_slice(&buffer[..some]),
            Some(Err(_)) => return (passed, true),
            None => panic!("it waits, where there is something to read"),
        }
    }
}

/// The last piece comes first.
struct Pieces(Vec<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.0.last().is_some_and(Vec::is_empty) {
            self.0.pop();
        }
        if let Some(piece) = self.0.last_mut() {
            let some = piece.len().min(buffer.remaining());
            buffer.put_slice(&piece[..some]);
            piece.drain(..some);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
