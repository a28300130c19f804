//! The faults of a network and of a cloud's front door.

use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::{Message, PATIENCE, Shared, State, until_gone};

/// Clients look three times at least before a thing is gone.
const MISSED: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Carried out; the connection ends without a reply.
    DropAfter,
    /// Not carried out; the connection ends without a reply.
    DropBefore,
    /// Not carried out; the connection is reset.
    Reset,
    /// Not carried out; this status.
    Refused(u16),
    /// As many refusals in a row.
    Burst { times: usize, status: u16 },
    /// Carried out; the front door gives up first, and says 504.
    Gateway,
    /// Carried out; the front door lost the service's connection, and says 503, as Envoy does.
    Unclear,
    /// Not carried out; the credentials are no longer accepted.
    Expired,
    /// Carried out; the next two looks at one thing do not find it, however old it is.
    Missed,
    /// A deletion that is acknowledged and not carried out; other requests are.
    Ignored,
    /// Carried out; the reply is not what was announced.
    Garbage,
    /// Carried out; the connection ends in the middle of the reply.
    Truncated,
    /// Carried out; the reply comes after this many milliseconds.
    Slow(u64),
    /// The connection ends without a reply, and the request is carried out this many milliseconds later.
    Late(u64),
    /// The test is told, and the request is carried out once it lets go, and this many milliseconds later.
    HoldBefore(u64),
    /// Carried out; then the test is told, and no reply is sent.
    HoldAfter,
}

impl Shared {
    /// The reply; none ends the connection.
    pub(super) fn meet(
        self: &Arc<Shared>,
        fault: Fault,
        request: &Message,
        stream: &TcpStream,
    ) -> Option<Message> {
        match fault {
            Fault::DropBefore => None,
            Fault::DropAfter => {
                self.pass(request);
                None
            }
            Fault::Reset => {
                reset(stream);
                None
            }
            Fault::Refused(status) | Fault::Burst { status, .. } => {
                Some(self.protocol.refusal(status))
            }
            Fault::Gateway => {
                self.pass(request);
                let page = "<html><body><h1>504 Gateway Time-out</h1></body></html>";
                Some(Message::reply(504, "text/html", page))
            }
            Fault::Unclear => {
                self.pass(request);
                let why = "upstream connect error or disconnect/reset before headers";
                Some(Message::reply(503, "text/plain", why))
            }
            Fault::Expired => Some(self.protocol.refusal(401)),
            Fault::Missed => {
                self.state.lock().unwrap().missed = MISSED;
                Some(self.pass(request))
            }
            Fault::Ignored => {
                let acknowledged = self.protocol.acknowledged(request);
                Some(acknowledged.unwrap_or_else(|| self.pass(request)))
            }
            Fault::Garbage => {
                let reply = self.pass(request);
                let kind = reply.header("content-type").unwrap_or("text/plain").to_owned();
                Some(Message::reply(reply.status(), &kind, "\u{fffd}<<{]\0 not what you expect"))
            }
            Fault::Truncated => {
                let bytes = self.pass(request).bytes();
                let half = &bytes[..bytes.len() - bytes.len() / 3];
                let _ = std::io::Write::write_all(&mut &*stream, half);
                let _ = stream.shutdown(Shutdown::Both);
                None
            }
            Fault::Slow(delay) => {
                let reply = self.pass(request);
                std::thread::sleep(Duration::from_millis(delay));
                Some(reply)
            }
            Fault::Late(delay) => {
                self.carry_out_later(request.clone(), delay, false);
                None
            }
            Fault::HoldBefore(delay) => {
                self.carry_out_later(request.clone(), delay, true);
                self.tell();
                until_gone(stream);
                None
            }
            Fault::HoldAfter => {
                self.pass(request);
                self.tell();
                until_gone(stream);
                None
            }
        }
    }

    fn tell(&self) {
        let held = self.state.lock().unwrap().held.take();
        // The test may have stopped listening.
        let _ = held.map(|held| held.send(()));
    }

    fn carry_out_later(self: &Arc<Shared>, request: Message, delay: u64, held: bool) {
        self.state.lock().unwrap().late += 1;
        let shared = self.clone();
        std::thread::spawn(move || {
            let state = shared.state.lock().unwrap();
            let wait = |state: &mut State| held && !state.released;
            drop(shared.changed.wait_timeout_while(state, PATIENCE, wait).unwrap());
            std::thread::sleep(Duration::from_millis(delay));
            let status = shared.carry_out(&request).status();
            let name = shared.protocol.name(&request);
            shared.note(format!("{name} -> {status} (carried out late)"));
            shared.state.lock().unwrap().late -= 1;
            shared.changed.notify_all();
        });
    }
}

/// Ends the connection by RST: what was sent may be lost.
fn reset(stream: &TcpStream) {
    let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
}
