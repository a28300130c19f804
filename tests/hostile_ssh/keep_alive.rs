//! Sessions that nobody uses, and servers that say nothing any more.

use crate::client::Client;
use crate::server::{Fault, Server};

/// A client whose configuration asks for a message every two seconds.
fn client(server: &Server) -> Client {
    let client = Client::of_server(server);
    std::fs::create_dir(client.path().join(".ssh")).unwrap();
    let config = "Host *\n ServerAliveInterval 2\n ServerAliveCountMax 1\n";
    std::fs::write(client.path().join(".ssh/config"), config).unwrap();
    client
}

/// Two commands, and between them a rest that ends with a mark of the server's.
fn around_a_rest(server: &Server, mark: &str) -> String {
    let file = server.mark(mark);
    format!(
        "print(h.query(\"echo one\").stdout); while !fs::exists({file:?}) {{ sleep(0.1); }}
         print(h.query(\"echo two\").stdout);"
    )
}

#[test]
fn a_session_at_rest_is_kept_alive_and_used_again() {
    let server = Server::start(Fault::None);
    let ran = client(&server).run(&around_a_rest(&server, "kept-0"));
    ran.succeeds().prints("one\ntwo\n");
    assert!(!server.mark("login-1").exists(), "it has logged in again");
}

/// Without waiting for the next command, which would wait for an answer first.
#[test]
fn a_server_that_goes_silent_while_a_session_rests_is_noticed_then() {
    let server = Server::start(Fault::SilentAtRest);
    let ran = client(&server).run(&around_a_rest(&server, "ended-0"));
    ran.succeeds().prints("one\ntwo\n");
    assert!(server.mark("login-1").exists(), "nobody has logged in again");
}

#[test]
fn a_server_that_goes_silent_in_a_command_ends_it_where_the_user_asks_for_that() {
    let server = Server::start(Fault::SilentInCommand);
    client(&server)
        .run("h.query(\"echo one\")")
        .fails(3)
        .says("the connection was lost while `echo one` ran")
        .says("answers no keep-alive message (ServerAliveInterval)");
}
