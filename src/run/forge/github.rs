//! Pull requests, by GitHub's REST API (version 2022-11-28).
//!
//! <https://docs.github.com/en/rest/pulls/pulls>

use std::sync::Arc;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use super::kind::Place;
use super::request::{Opened, Request};
use super::token;
use crate::cloud::http::{self, Http, Response};
use crate::report::{Level, Watch};
use crate::run::Run;
use crate::{Code, Error, Result};

/// Either one lets a token open pull requests; only classic tokens tell theirs.
const SCOPES: [&str; 2] = ["repo", "public_repo"];

pub struct Github {
    http: Http,
    headers: HeaderMap,
    /// `https://api.github.com/repos/owner/name`
    url: String,
    owner: String,
    project: String,
    host: String,
}

impl Github {
    /// # Errors
    /// No token; a project that is not `owner/name`; an address without TLS.
    pub fn new(run: &Arc<Run>, place: &Place) -> Result<Github> {
        let Some((owner, name)) = place.project.split_once('/').filter(|(owner, name)| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            [owner, name].iter().all(|part| !part.is_empty() && part.chars().all(is_plain))
        }) else {
            let message = format!("`{}` is no project of GitHub", place.project);
            return Err(Error::config(message).hint("set `project` to OWNER/NAME"));
        };
        let host = check_address(&place.api)?;
        let token = token::token(run, place)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        headers.insert("X-GitHub-Api-Version", HeaderValue::from_static("2022-11-28"));
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
            Error::new(Code::Authentication, format!("the token for {host} is not a token"))
        })?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        Ok(Github {
            http: Http::new(|builder| builder)?,
            headers,
            url: format!("{}/repos/{owner}/{name}", place.api),
            owner: owner.to_owned(),
            project: place.project.clone(),
            host,
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        purpose: &str,
        body: Option<Value>,
        watch: &Watch,
    ) -> Result<Response> {
        let mut request = http::Request::new(method, format!("{}{path}", self.url), purpose);
        request.headers = self.headers.clone();
        request.body = body;
        request.forbidden_is_limit = true;
        request.is_shown = true;
        let response = self.http.send(&request, watch).await?;
        if response.status.is_success() {
            return Ok(response);
        }
        Err(self.refused(purpose, &response))
    }

    fn refused(&self, purpose: &str, response: &Response) -> Error {
        let Github { host, project, .. } = self;
        let is_spent = response.headers.get("x-ratelimit-remaining").is_some_and(|it| it == "0");
        let (code, hint) = match response.status {
            StatusCode::UNAUTHORIZED => (
                Code::Authentication,
                "the token is wrong, expired or revoked: make another one, or `gh auth refresh`"
                    .to_owned(),
            ),
            StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS if is_spent => (
                Code::Refused,
                "the token has used up its requests of this hour: try again later".to_owned(),
            ),
            StatusCode::FORBIDDEN => (
                Code::Refused,
                format!(
                    "give the token the rights \"Contents\" and \"Pull requests\" (read and write) on \
                     {project}, or the scope `repo`; in an organization with SSO authorize it"
                ),
            ),
            StatusCode::NOT_FOUND => (
                Code::NotFound,
                format!(
                    "check the name {project}; GitHub says the same if the token may not see it"
                ),
            ),
            StatusCode::UNPROCESSABLE_ENTITY => {
                (Code::Refused, "see what GitHub says above".to_owned())
            }
            _ => (Code::Connection, format!("try again later, and check the address of {host}")),
        };
        let mut error =
            Error::new(code, format!("cannot {purpose} on {host}: {}", response.status));
        for text in told(&response.json()) {
            error = error.cause(text);
        }
        error.hint(hint)
    }

    /// # Errors
    /// The project is not there, or the token may not write to it.
    pub async fn check(&self, watch: &Watch) -> Result<()> {
        let purpose = format!("read {}", self.project);
        let response = self.send(Method::GET, "", &purpose, None, watch).await?;
        let project = response.json();
        let may = |right: &str| project["permissions"][right].as_bool();
        let refused = |cause: String| {
            let message = format!("the token may not open pull requests of {}", self.project);
            Error::new(Code::Refused, message).cause(cause).hint(
                "give it the rights \"Contents\" and \"Pull requests\" (read and write), or the scope `repo`",
            )
        };
        if project["archived"] == true {
            let message = format!("{} is archived: nothing in it can be changed", self.project);
            return Err(Error::new(Code::Refused, message).hint("correct the remote or `project`"));
        }
        // The tokens of GitHub's own jobs show no rights at all, though they have some.
        if may("pull") == Some(true) && may("push") == Some(false) {
            return Err(refused(format!("it may only read {}", self.project)));
        }
        let scopes = response.headers.get("x-oauth-scopes").and_then(|it| it.to_str().ok());
        if let Some(scopes) = scopes.filter(|it| !it.trim().is_empty()) {
            let wanted = if project["private"] == true { &SCOPES[..1] } else { &SCOPES[..] };
            if !scopes.split(',').any(|scope| wanted.contains(&scope.trim())) {
                return Err(refused(format!("its scopes are {scopes}")));
            }
        }
        Ok(())
    }

    /// The open pull request of a branch.
    async fn find(&self, request: &Request, watch: &Watch) -> Result<Option<Value>> {
        let head = format!("{}:{}", self.owner, request.branch);
        let pairs = [("state", "open"), ("head", &head), ("base", &request.base)];
        let address = Url::parse_with_params(&format!("{}/pulls", self.url), pairs);
        let query = address.ok().and_then(|address| address.query().map(str::to_owned));
        let path = format!("/pulls?{}", query.unwrap_or_default());
        let purpose = format!("list the pull requests of {}", self.project);
        let found = self.send(Method::GET, &path, &purpose, None, watch).await?;
        let mine = |pull: &Value| pull["head"]["ref"] == request.branch.as_str();
        Ok(found.json().as_array().and_then(|pulls| pulls.iter().find(|it| mine(it)).cloned()))
    }

    /// Opens a pull request, or updates the open one.
    pub async fn open(&self, request: &Request, watch: &Watch) -> Result<Opened> {
        let found = self.find(request, watch).await?;
        let (pull, changed) = match found {
            Some(pull) => self.update(pull, request, watch).await?,
            None => match self.create(request, watch).await {
                Ok(pull) => {
                    self.ask_reviewers(&pull, request, watch).await;
                    (pull, true)
                }
                // Another one was faster, or the answer was lost.
                Err(error) => match self.find(request, watch).await {
                    Ok(Some(pull)) => self.update(pull, request, watch).await?,
                    _ => return Err(error),
                },
            },
        };
        let labelled = self.label(&pull, request, watch).await?;
        let number = pull["number"].as_u64().unwrap_or_default();
        let url = pull["html_url"].as_str().unwrap_or_default().to_owned();
        let how = match (changed, labelled) {
            (false, false) => "is open already",
            _ => "is open",
        };
        watch.report.log(Level::Success, &format!("pull request {number} {how}: {url}"));
        Ok(Opened { changed: changed || labelled, number, url })
    }

    async fn create(&self, request: &Request, watch: &Watch) -> Result<Value> {
        let purpose = format!("open a pull request of {}", self.project);
        let body = json!({
            "title": request.title,
            "body": request.body,
            "head": request.branch,
            "base": request.base,
            "draft": request.draft,
        });
        Ok(self.send(Method::POST, "/pulls", &purpose, Some(body), watch).await?.json())
    }

    /// The pull request, and whether anything was changed.
    async fn update(&self, pull: Value, request: &Request, watch: &Watch) -> Result<(Value, bool)> {
        let text = |key: &str| pull[key].as_str().unwrap_or_default().replace("\r\n", "\n");
        if text("title") == request.title && text("body") == request.body {
            return Ok((pull, false));
        }
        let number = pull["number"].as_u64().unwrap_or_default();
        let purpose = format!("update pull request {number} of {}", self.project);
        let body = json!({ "title": request.title, "body": request.body });
        let path = format!("/pulls/{number}");
        Ok((self.send(Method::PATCH, &path, &purpose, Some(body), watch).await?.json(), true))
    }

    /// Adds the labels that it lacks; true if there were any.
    async fn label(&self, pull: &Value, request: &Request, watch: &Watch) -> Result<bool> {
        let has: Vec<&str> = pull["labels"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|label| label["name"].as_str())
            .collect();
        // GitHub takes no notice of upper case in their names, and tells them as they were created.
        let is_there = |label: &str| has.iter().any(|it| it.to_lowercase() == label.to_lowercase());
        let missing: Vec<&String> =
            request.labels.iter().filter(|label| !is_there(label)).collect();
        if missing.is_empty() {
            return Ok(false);
        }
        let number = pull["number"].as_u64().unwrap_or_default();
        let purpose = format!("label pull request {number} of {}", self.project);
        let (path, body) = (format!("/issues/{number}/labels"), json!({ "labels": missing }));
        self.send(Method::POST, &path, &purpose, Some(body), watch).await?;
        Ok(true)
    }

    /// Asked once, as who has reviewed is no longer listed. The pull request stands without them.
    async fn ask_reviewers(&self, pull: &Value, request: &Request, watch: &Watch) {
        if request.reviewers.is_empty() {
            return;
        }
        let (teams, people): (Vec<_>, Vec<_>) =
            request.reviewers.iter().partition(|name| name.contains('/'));
        let teams: Vec<&str> =
            teams.iter().filter_map(|name| name.split_once('/')).map(|(_, team)| team).collect();
        let number = pull["number"].as_u64().unwrap_or_default();
        let purpose = format!("ask for reviews of pull request {number}");
        let path = format!("/pulls/{number}/requested_reviewers");
        let body = json!({ "reviewers": people, "team_reviewers": teams });
        if let Err(error) = self.send(Method::POST, &path, &purpose, Some(body), watch).await {
            watch.report.log(Level::Warning, &error.to_string());
        }
    }
}

/// What GitHub says about a failure: its message, and what is wrong with which field.
fn told(reply: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let errors = reply["errors"].as_array().into_iter().flatten();
    let details = errors.filter_map(|error| {
        text(error)
            .or_else(|| text(&error["message"]))
            .or_else(|| Some(format!("{}: {}", text(&error["field"])?, text(&error["code"])?)))
    });
    text(&reply["message"]).into_iter().chain(details).collect()
}

/// The server's name. A token goes to others than this machine only under TLS.
fn check_address(api: &str) -> Result<String> {
    let wrong = |cause: String| {
        Error::config(format!("`{api}` cannot be the address of GitHub's API"))
            .cause(cause)
            .hint("write `api: https://github.example.com/api/v3`")
    };
    let url = Url::parse(api).map_err(|error| wrong(error.to_string()))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let is_here = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    match url.scheme() {
        "https" => Ok(host),
        "http" if is_here => Ok(host),
        _ => Err(wrong("it does not begin with https://".to_owned())),
    }
}
