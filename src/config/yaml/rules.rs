//! How strictly a document is read.

/// What a document may contain besides maps with text as keys, lists and scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// `<<: *anchor` puts the entries of another map below those of this one.
    pub merge_keys: bool,
    /// A key given twice, a key that is not text and a number without a finite value are errors.
    /// False: the last value of a key applies, `1:` is the key `"1"`, and `.inf` is null.
    pub strict: bool,
    /// A plain scalar that looks like a number or a switch is one. False: it is the text as it is
    /// written, unless it is null.
    pub typed: bool,
}

impl Rules {
    /// For files that only this program reads: `config.yaml`.
    pub const STRICT: Rules = Rules { merge_keys: true, strict: true, typed: true };

    /// For files that other programs read, too, and less strictly: `clouds.yaml`. Ids and passwords may
    /// look like numbers there.
    pub const SHARED: Rules = Rules { merge_keys: true, strict: false, typed: false };

    /// For any document: what scripts parse.
    pub const PLAIN: Rules = Rules { merge_keys: false, strict: false, typed: true };
}
