//! The driver that ships, in an environment of another crate: a clock that somebody moves and a
//! server that is a function.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, channel::mpsc::UnboundedSender, task::noop_waker};
use typed_socketio_client::{
    Notice, Options,
    driver::{self, Environment, Socket},
    engine::{Frame, Input, Time},
};

use crate::calculator::catalogue::{Add, Answer, Calculator};

const OPEN: &str = r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;

/// A world with one clock. The server opens every second WebSocket that is asked for, and loses
/// it when it is asked to add to 13.
#[derive(Clone, Default)]
struct World {
    now: Rc<Cell<Time>>,
    /// When somebody wants to be woken.
    alarms: Rc<RefCell<Vec<Time>>>,
    opened: Rc<Cell<u32>>,
}

impl Environment for World {
    type Socket = Server;

    fn open(&self, url: &str, events: UnboundedSender<Input>) -> Server {
        assert_eq!(url, "ws://anywhere/socket.io/?EIO=4&transport=websocket");
        self.opened.set(self.opened.get() + 1);
        let first = if self.opened.get() % 2 == 1 {
            vec![Input::Closed("nobody there".to_owned())]
        } else {
            vec![Input::Opened, Input::Frame(Frame::Text(OPEN.to_owned()))]
        };
        for input in first {
            events.unbounded_send(input).unwrap();
        }
        Server(events)
    }

    fn request(
        &self,
        _url: String,
        _body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + 'static {
        pending()
    }

    fn now(&self) -> Time {
        self.now.get()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        let (now, until) = (self.now.clone(), self.now.get() + duration);
        self.alarms.borrow_mut().push(until);
        poll_fn(move |_| if now.get() >= until { Poll::Ready(()) } else { Poll::Pending })
    }
}

struct Server(UnboundedSender<Input>);

impl Socket for Server {
    fn send(&self, frame: Frame) {
        let Frame::Text(text) = frame else { return };
        let answer = if text.starts_with("40") {
            Input::Frame(Frame::Text(r#"40{"sid":"n"}"#.to_owned()))
        } else if text.contains(r#""a":13"#) {
            Input::Closed("unlucky".to_owned())
        } else if text.starts_with("420") || text.starts_with("421") {
            Input::Frame(Frame::Text(format!(r#"43{}[{{"data":5}}]"#, &text[2..3])))
        } else {
            return;
        };
        let _ = self.0.unbounded_send(answer);
    }
}

/// Runs everything until nothing happens at this moment.
fn turn(connection: &mut Pin<Box<dyn Future<Output = ()>>>) -> Poll<()> {
    connection.as_mut().poll(&mut Context::from_waker(&noop_waker()))
}

#[test]
fn the_driver_runs_in_an_environment_of_ones_own_and_in_virtual_time() {
    let world = World::default();
    let options = Options::new("http://anywhere").transports(typed_socketio_client::Transports::WebSocket);
    let (client, mut notices, connection) = driver::connect::<_, Calculator>(world.clone(), options, 7);
    let mut connection: Pin<Box<dyn Future<Output = ()>>> = Box::pin(connection);
    let mut heard = Vec::new();
    let mut listen = |notices: &mut typed_socketio_client::Notices<Calculator>| {
        while let Some(Some(notice)) = notices.next().now_or_never() {
            heard.push(match notice {
                Notice::Event(Answer::Sum(sum)) => format!("sum {sum}"),
                Notice::Disconnected { reason, retry_in } => {
                    assert!(retry_in.is_some_and(|wait| wait <= Duration::from_secs(2)));
                    reason.to_string()
                }
                other => format!("{other:?}"),
            });
        }
    };

    assert!(turn(&mut connection).is_pending());
    listen(&mut notices);
    // Time passes only when the test lets it pass: here the wait before the second try.
    let retry = world.alarms.borrow().iter().copied().min().unwrap();
    world.now.set(retry);
    let sum = client.call(Add { a: 2, b: 3 });
    let lost = client.call(Add { a: 13, b: 0 });
    assert!(turn(&mut connection).is_pending());
    listen(&mut notices);
    assert_eq!(sum.now_or_never().unwrap().unwrap(), 5);
    assert!(lost.now_or_never().unwrap().is_err());
    assert_eq!(
        heard,
        ["the connection was lost: nobody there", "Connected", "the connection was lost: unlucky"]
    );
    assert_eq!(world.opened.get(), 2);

    // It ends with its last client.
    drop(client);
    assert!(turn(&mut connection).is_ready());
    let left = notices.collect::<Vec<_>>().now_or_never().expect("the stream has ended");
    assert_eq!(format!("{left:?}"), "[Disconnected(disconnected by the program, None)]");
}
