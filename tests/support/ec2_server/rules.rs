//! Faults on demand: which requests fail, and how.

use std::sync::mpsc::Sender;
use std::time::Duration;

use super::xml::Refusal;
use super::{Request, Shared};

enum Way {
    Refuse(Refusal),
    /// The request is acknowledged, and not carried out.
    Ignore,
    /// The request is carried out, and the connection ends without a reply.
    HangUp,
    /// The request is carried out, and the connection ends in the middle of the reply.
    Truncate,
    /// The request is carried out and reported to the test; the caller gets no reply.
    Hold(Sender<Request>),
    /// The request is reported to the test, and carried out this long after the caller is gone.
    Late(Sender<Request>, Duration),
    /// The request is carried out after this was done.
    First(Box<dyn FnOnce() + Send>),
}

/// A fault of imgctl's next requests of an action.
pub struct Rule {
    action: String,
    /// How many requests are carried out as usual before.
    after: usize,
    /// How many requests it applies to.
    times: usize,
    /// It applies only to requests signed with this key.
    access_key: Option<String>,
    way: Option<Way>,
}

impl Rule {
    fn new(action: &str, way: Way) -> Rule {
        Rule { action: action.to_owned(), after: 0, times: 1, access_key: None, way: Some(way) }
    }

    /// The next request is refused. `*` is every action.
    pub fn refuse(action: &str, status: u16, code: &str, message: &str) -> Rule {
        Rule::new(action, Way::Refuse(Refusal::new(status, code, message)))
    }

    /// The next request is acknowledged, and nothing is done.
    pub fn ignore(action: &str) -> Rule {
        Rule::new(action, Way::Ignore)
    }

    /// The next request is carried out, but the reply is lost.
    pub fn lose_reply(action: &str) -> Rule {
        Rule::new(action, Way::HangUp)
    }

    /// The next request is carried out, but only the beginning of the reply arrives.
    pub fn truncate_reply(action: &str) -> Rule {
        Rule::new(action, Way::Truncate)
    }

    /// The next request is carried out and reported to the test; its reply never comes.
    pub fn hold(action: &str, told: Sender<Request>) -> Rule {
        Rule::new(action, Way::Hold(told))
    }

    /// The next request is reported to the test, and carried out only when the caller has been gone for
    /// this long.
    pub fn late(action: &str, delay: Duration, told: Sender<Request>) -> Rule {
        Rule::new(action, Way::Late(told, delay))
    }

    /// This is done before the next request is carried out.
    pub fn before(action: &str, first: impl FnOnce() + Send + 'static) -> Rule {
        Rule::new(action, Way::First(Box::new(first)))
    }

    /// Applies it only after this many requests.
    pub fn after(mut self, requests: usize) -> Rule {
        self.after = requests;
        self
    }

    pub fn times(mut self, requests: usize) -> Rule {
        self.times = requests;
        self
    }

    pub fn signed_with(mut self, access_key: &str) -> Rule {
        self.access_key = Some(access_key.to_owned());
        self
    }

    fn applies_to(&self, request: &Request) -> bool {
        request.counts()
            && self.times > 0
            && (self.action == "*" || self.action == request.action)
            && self.access_key.as_ref().is_none_or(|key| *key == request.access_key)
    }
}

/// What to do with a request.
pub(super) enum Verdict {
    Reply,
    Refuse(Refusal),
    Acknowledge,
    CarryOutAndHangUp,
    CarryOutAndTruncate,
    CarryOutAndHold(Sender<Request>),
    CarryOutLate(Sender<Request>, Duration),
}

pub(super) fn apply(shared: &Shared, request: &Request) -> Verdict {
    let mut rules = shared.rules.lock().unwrap();
    let Some(rule) = rules.iter_mut().find(|rule| rule.applies_to(request)) else {
        return Verdict::Reply;
    };
    if rule.after > 0 {
        rule.after -= 1;
        return Verdict::Reply;
    }
    rule.times -= 1;
    match rule.way.take() {
        Some(Way::Refuse(refusal)) => {
            rule.way = Some(Way::Refuse(refusal.clone()));
            Verdict::Refuse(refusal)
        }
        Some(Way::Ignore) => {
            rule.way = Some(Way::Ignore);
            Verdict::Acknowledge
        }
        Some(Way::HangUp) => {
            rule.way = Some(Way::HangUp);
            Verdict::CarryOutAndHangUp
        }
        Some(Way::Truncate) => {
            rule.way = Some(Way::Truncate);
            Verdict::CarryOutAndTruncate
        }
        Some(Way::Hold(told)) => {
            rule.way = Some(Way::Hold(told.clone()));
            Verdict::CarryOutAndHold(told)
        }
        Some(Way::Late(told, delay)) => {
            rule.way = Some(Way::Late(told.clone(), delay));
            Verdict::CarryOutLate(told, delay)
        }
        Some(Way::First(first)) => {
            drop(rules);
            first();
            Verdict::Reply
        }
        None => Verdict::Reply,
    }
}
