//! Merge requests of GitLab, which a push opens by its options, without a token.
//!
//! <https://docs.gitlab.com/topics/git/commit/#push-options-for-merge-requests>

use super::request::Request;

/// An option is one line. Every version of GitLab shows this as a line end.
const LINE_END: &str = "<br>";

pub fn push_options(request: &Request) -> Vec<String> {
    let line = |text: &str| text.trim().lines().collect::<Vec<_>>().join(LINE_END);
    let title = request.title.trim().lines().next().unwrap_or_default();
    let mut options = vec![
        "merge_request.create".to_owned(),
        format!("merge_request.target={}", request.base),
        format!("merge_request.title={title}"),
    ];
    if !request.body.trim().is_empty() {
        options.push(format!("merge_request.description={}", line(&request.body)));
    }
    if request.draft {
        options.push("merge_request.draft".to_owned());
    }
    options.extend(request.labels.iter().map(|label| format!("merge_request.label={label}")));
    options.extend(request.reviewers.iter().map(|name| format!("merge_request.assign={name}")));
    options
}
