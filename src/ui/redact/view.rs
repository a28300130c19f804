//! A text as its reader may understand it: bytes, and where in the original each of them comes from.

use std::ops::Range;

/// The bytes of a text after some decoding.
pub struct View<'t> {
    pub bytes: Bytes<'t>,
    /// For each byte where its source begins and ends in the original. None: the bytes are the original.
    places: Option<Vec<(u32, u32)>>,
    /// What all of its bytes come from, if that is more than the places of the first and the last: base64
    /// ends with padding.
    whole: Option<Range<usize>>,
}

pub enum Bytes<'t> {
    Original(&'t [u8]),
    Decoded(Vec<u8>),
}

impl std::ops::Deref for Bytes<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Original(bytes) => bytes,
            Bytes::Decoded(bytes) => bytes,
        }
    }
}

impl<'t> View<'t> {
    pub fn original(text: &'t [u8]) -> View<'t> {
        View { bytes: Bytes::Original(text), places: None, whole: None }
    }

    /// Where in the original these bytes come from.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        let Some(places) = &self.places else { return range };
        if let (Some(whole), true) = (&self.whole, range == (0..self.bytes.len())) {
            return whole.clone();
        }
        let (Some(first), Some(last)) =
            (places.get(range.start), range.end.checked_sub(1).and_then(|last| places.get(last)))
        else {
            return 0..0;
        };
        first.0 as usize..last.1 as usize
    }
}

/// Makes a view from another one, byte by byte.
pub struct Builder<'v> {
    from: &'v View<'v>,
    bytes: Vec<u8>,
    places: Vec<(u32, u32)>,
}

impl<'v> Builder<'v> {
    pub fn new(from: &'v View<'v>) -> Builder<'v> {
        Builder { from, bytes: Vec::new(), places: Vec::new() }
    }

    /// A byte that these bytes of the other view stand for.
    pub fn push(&mut self, byte: u8, range: Range<usize>) {
        let source = self.from.source(range);
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.bytes.push(byte);
        self.places.push((place(source.start), place(source.end)));
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn view(self) -> View<'static> {
        View { bytes: Bytes::Decoded(self.bytes), places: Some(self.places), whole: None }
    }

    /// As [`Builder::view`], with what all of it stands for in the other view.
    pub fn view_of(self, whole: Range<usize>) -> View<'static> {
        let whole = Some(self.from.source(whole));
        View { whole, ..self.view() }
    }
}
