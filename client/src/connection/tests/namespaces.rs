//! Several namespaces on one connection.

use super::*;

#[test]
fn namespaces_share_a_connection_and_have_acks_buffers_and_ends_of_their_own() {
    let mut peer = Peer::start();
    peer.connect(0, "/b");
    peer.call(0, "/b", "early", 0);
    peer.hear(1, OPEN);
    peer.auth("/", None);
    peer.auth("/b", Some(r#"{"key":1}"#));
    assert_eq!(peer.drain(), [OPENING, "authenticate /", "authenticate /b", "> 40", r#"> 40/b,{"key":1}"#]);
    peer.hear(2, "40{}");
    peer.call(3, "/", "x", 1);
    peer.hear(4, "40/b,{}");
    peer.hear(5, "43/b,0[1]");
    peer.hear(5, "430[2]");
    peer.hear(6, r#"42/b,["news",3]"#);
    assert_eq!(
        peer.drain(),
        [
            "connected",
            r#"> 420["x",{}]"#,
            "/b connected",
            r#"> 42/b,0["early",{}]"#,
            "answer 0: 1",
            "answer 1: 2",
            "/b news 3",
        ]
    );
    peer.disconnect(7, "/b");
    let left = "/b disconnected (disconnected by the program), retry false";
    assert_eq!(peer.drain(), [left, "> 41/b,"]);
    peer.disconnect(8, "/");
    assert_eq!(
        peer.drain(),
        ["disconnected (disconnected by the program), retry false", "> 41", "close"],
        "the last one closes the connection"
    );
}

#[test]
fn a_refused_namespace_leaves_the_others_alone() {
    let mut peer = Peer::connected();
    peer.connect(4, "/b");
    peer.auth("/b", None);
    peer.hear(5, r#"44/b,{"message":"No."}"#);
    assert_eq!(peer.drain(), ["authenticate /b", "> 40/b,", "/b refused: No."]);
    peer.emit("/", "still here", only("1"));
    assert_eq!(peer.drain(), [r#"> 42["still here",1]"#]);
    // It does not come back with the connection either.
    peer.lose(9);
    let retry = peer.wait();
    peer.hear(retry, OPEN);
    assert_eq!(peer.drain(), [LOST, OPENING, "authenticate /"]);
}

#[test]
fn all_namespaces_are_told_of_a_loss_and_come_back() {
    let mut peer = Peer::in_two();
    peer.call(9, "/b", "x", 0);
    peer.lose(10);
    let failure = format!("failure 0: {NO_ANSWER}");
    assert_eq!(peer.drain(), [r#"> 42/b,0["x",{}]"#, LOST, &failure, &format!("/b {LOST}")]);
    let retry = peer.wait();
    peer.hear(retry, OPEN);
    assert_eq!(peer.drain(), [OPENING, "authenticate /", "authenticate /b"]);
}

#[test]
fn a_namespace_that_is_never_answered_does_not_end_the_others() {
    let mut peer = Peer::connected();
    peer.connect(4, "/b");
    peer.auth("/b", None);
    peer.drain();
    assert_eq!(peer.wait(), 20_004);
    assert!(peer.drain().is_empty());
    peer.hear(21_000, "40/b,{}");
    assert_eq!(peer.drain(), ["/b connected"]);
}
