//! Stands between a server and PostgreSQL, and breaks.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

#[derive(Clone)]
pub(super) struct Wire(Arc<State>);

struct State {
    port: u16,
    is_cut: AtomicBool,
    /// It breaks as soon as the next COMMIT is through.
    breaks_at_commit: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Wire {
    pub(super) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = State {
            port: listener.local_addr().unwrap().port(),
            is_cut: AtomicBool::new(false),
            breaks_at_commit: AtomicBool::new(false),
            open: Mutex::default(),
        };
        let wire = Self(Arc::new(state));
        let accepting = wire.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let mut open = accepting.0.open.lock().unwrap();
                for stream in [&client, &server] {
                    open.push(stream.try_clone().unwrap());
                }
                drop(open);
                if accepting.0.is_cut.load(Ordering::SeqCst) {
                    accepting.cut();
                    continue;
                }
                let answers = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let (forth, back) = (accepting.clone(), accepting.clone());
                thread::spawn(move || forth.pass(client, server, true));
                thread::spawn(move || back.pass(answers.0, answers.1, false));
            }
        });
        wire
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port
    }

    pub(super) fn cut(&self) {
        self.0.is_cut.store(true, Ordering::SeqCst);
        for stream in self.0.open.lock().unwrap().drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    /// Lets the next COMMIT through and then nothing more.
    pub(super) fn break_at_commit(&self) {
        self.0.breaks_at_commit.store(true, Ordering::SeqCst);
    }

    pub(super) fn mend(&self) {
        self.0.is_cut.store(false, Ordering::SeqCst);
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, is_forth: bool) {
        let mut buffer = [0; 8192];
        let is_commit = |bytes: &[u8]| bytes.windows(6).any(|word| word == b"COMMIT");
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..count];
            if is_forth && is_commit(bytes) && self.0.breaks_at_commit.swap(false, Ordering::SeqCst) {
                self.0.is_cut.store(true, Ordering::SeqCst);
                to.write_all(bytes).ok();
                // The server carries out what it was asked, although nobody reads the answer.
                thread::sleep(std::time::Duration::from_millis(100));
                return self.cut();
            }
            if (!is_forth && self.0.is_cut.load(Ordering::SeqCst)) || to.write_all(bytes).is_err() {
                break;
            }
        }
        for stream in [from, to] {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}
