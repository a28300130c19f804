//! What the desk knows, in the words of the protocol.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionResponse, CompletionTextEdit, Documentation,
    Hover, HoverContents, Location, MarkupContent, MarkupKind, ParameterInformation,
    ParameterLabel, SignatureHelp, SignatureInformation, TextDocumentPositionParams, TextEdit,
};

use super::documents::Document;
use super::problems::State;
use super::{library, projects, uri};
use crate::Result;
use crate::script::editor::{Offer, Place, Script, Signature, What};

impl State<'_> {
    /// Calls with the script at a position, and the byte there. None: it is not an open script.
    fn at<T>(
        &self,
        place: &TextDocumentPositionParams,
        answer: impl FnOnce(&Document, &Script<'_>, usize) -> Option<T>,
    ) -> Option<T> {
        let document = self.documents.get(&place.text_document.uri)?;
        if !document.is_script() {
            return None;
        }
        let project = projects::folder(&document.path, self.documents, self.opened);
        let config = projects::config(&project, self.documents).ok();
        let script = Script {
            project: &project,
            path: &document.path,
            text: &document.text,
            unsaved: self.documents.texts(),
            config: config.as_ref(),
        };
        let offset = self.encoding.offset(&document.text, place.position);
        answer(document, &script, offset)
    }

    pub fn hover(&self, place: &TextDocumentPositionParams) -> Option<Hover> {
        self.at(place, |document, script, offset| {
            let found = self.desk.hover(script, offset)?;
            Some(Hover {
                contents: HoverContents::Markup(markdown(found.text)),
                range: Some(self.encoding.range(&document.text, &found.range)),
            })
        })
    }

    pub fn complete(&self, place: &TextDocumentPositionParams) -> Option<CompletionResponse> {
        self.at(place, |document, script, offset| {
            let found = self.desk.complete(script, offset);
            let range = self.encoding.range(&document.text, &(found.from..offset));
            let all = found.all.into_iter().enumerate();
            let items = all.map(|(at, offer)| self.item(document, range, at, offer));
            Some(CompletionResponse::Array(items.collect()))
        })
    }

    fn item(
        &self,
        document: &Document,
        range: lsp_types::Range,
        at: usize,
        offer: Offer,
    ) -> CompletionItem {
        let import = offer.import.map(|(place, line)| {
            let range = self.encoding.range(&document.text, &(place..place));
            vec![TextEdit { range, new_text: line }]
        });
        CompletionItem {
            kind: Some(kind(offer.what)),
            detail: Some(offer.detail).filter(|it| !it.is_empty()),
            documentation: Some(offer.text)
                .filter(|it| !it.is_empty())
                .map(|it| Documentation::MarkupContent(markdown(it))),
            // What is nearest comes first: editors would sort by the alphabet.
            sort_text: Some(format!("{at:05}")),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit {
                range,
                new_text: offer.label.clone(),
            })),
            additional_text_edits: import,
            label: offer.label,
            ..CompletionItem::default()
        }
    }

    pub fn signature(&self, place: &TextDocumentPositionParams) -> Option<SignatureHelp> {
        self.at(place, |_, script, offset| {
            let help = self.desk.signature(script, offset)?;
            let small = |number: usize| u32::try_from(number).ok();
            Some(SignatureHelp {
                signatures: help.all.into_iter().map(signature).collect(),
                active_signature: small(help.active),
                active_parameter: small(help.parameter),
            })
        })
    }

    /// # Errors
    /// A shipped script cannot be written to the cache.
    pub fn definition(&self, place: &TextDocumentPositionParams) -> Result<Option<Location>> {
        let found = self.at(place, |_, script, offset| self.desk.definition(script, offset));
        let Some(found) = found else { return Ok(None) };
        let path = match found.file {
            Place::File(path) => Some(path),
            Place::Shipped(name) => library::file(&name)?,
        };
        let range = self.encoding.range(&found.text, &found.range);
        Ok(path.and_then(|path| uri::of(&path)).map(|uri| Location { uri, range }))
    }
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

fn kind(what: What) -> CompletionItemKind {
    match what {
        What::Function => CompletionItemKind::FUNCTION,
        What::Method => CompletionItemKind::METHOD,
        What::Property => CompletionItemKind::PROPERTY,
        What::Module => CompletionItemKind::MODULE,
        What::Variable => CompletionItemKind::VARIABLE,
        What::Keyword => CompletionItemKind::KEYWORD,
        What::Key => CompletionItemKind::FIELD,
        What::File => CompletionItemKind::FILE,
    }
}

fn signature(of: Signature) -> SignatureInformation {
    let parameter = |name: String| ParameterInformation {
        label: ParameterLabel::Simple(name),
        documentation: None,
    };
    SignatureInformation {
        label: of.label,
        documentation: Some(of.text)
            .filter(|it| !it.is_empty())
            .map(|it| Documentation::MarkupContent(markdown(it))),
        parameters: Some(of.parameters.into_iter().map(parameter).collect()),
        active_parameter: None,
    }
}
