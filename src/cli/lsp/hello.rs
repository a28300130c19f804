//! The first exchange: what the editor can, and what this server does.

use std::path::PathBuf;

use lsp_server::Request;
use lsp_types::request::{RegisterCapability, Request as _};
use lsp_types::{
    CompletionOptions, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern,
    HoverProviderCapability, InitializeParams, InitializeResult, OneOf, Registration,
    RegistrationParams, ServerCapabilities, ServerInfo, SignatureHelpOptions,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions,
};

use super::position::Encoding;
use super::uri;

/// What is remembered of it.
pub struct Hello {
    pub encoding: Encoding,
    pub opened: Vec<PathBuf>,
    /// The editor can tell of files that change on the disk.
    pub watches: bool,
}

#[must_use]
pub fn read(told: InitializeParams) -> Hello {
    let general = told.capabilities.general.and_then(|it| it.position_encodings);
    let workspace = told.capabilities.workspace.and_then(|it| it.did_change_watched_files);
    let folders = told.workspace_folders.unwrap_or_default();
    #[expect(deprecated, reason = "older editors have a root and no folders")]
    let root = told.root_uri.filter(|_| folders.is_empty());
    let opened = folders.iter().map(|it| &it.uri).chain(&root).filter_map(uri::path).collect();
    Hello {
        encoding: Encoding::of(&general.unwrap_or_default()),
        opened,
        watches: workspace.and_then(|it| it.dynamic_registration) == Some(true),
    }
}

#[must_use]
pub fn answer(encoding: Encoding) -> InitializeResult {
    let signs = |signs: &[&str]| Some(signs.iter().map(|it| (*it).to_owned()).collect());
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: Some(encoding.kind()),
            text_document_sync: Some(TextDocumentSyncCapability::Options(
                TextDocumentSyncOptions {
                    open_close: Some(true),
                    change: Some(TextDocumentSyncKind::INCREMENTAL),
                    save: Some(TextDocumentSyncSaveOptions::Supported(true)),
                    ..TextDocumentSyncOptions::default()
                },
            )),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            completion_provider: Some(CompletionOptions {
                trigger_characters: signs(&[".", ":", "\"", "{", ","]),
                ..CompletionOptions::default()
            }),
            signature_help_provider: Some(SignatureHelpOptions {
                trigger_characters: signs(&["(", ","]),
                ..SignatureHelpOptions::default()
            }),
            definition_provider: Some(OneOf::Left(true)),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: "imgctl".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

/// Asks the editor to tell when scripts and configurations change that it has not open.
#[must_use]
pub fn watch() -> Request {
    let watch = |pattern: &str| FileSystemWatcher {
        glob_pattern: GlobPattern::String(pattern.to_owned()),
        kind: None,
    };
    let options = DidChangeWatchedFilesRegistrationOptions {
        watchers: vec![watch("**/*.rhai"), watch("**/config.yaml")],
    };
    let registration = Registration {
        id: "files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    };
    let parameters = RegistrationParams { registrations: vec![registration] };
    Request::new("files".to_owned().into(), RegisterCapability::METHOD.to_owned(), parameters)
}
