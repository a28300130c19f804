//! The contents of maps, lists and choices, passed to serde one by one.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde_json::{Map, Value};

use super::decoder::Decoder;
use super::fault::Fault;
use super::path::Segment;

pub struct Entries<'v> {
    decoder: Decoder<'v>,
    entries: serde_json::map::Iter<'v>,
    current: Option<(&'v String, &'v Value)>,
}

impl<'v> Entries<'v> {
    pub fn new(decoder: Decoder<'v>, map: &'v Map<String, Value>) -> Self {
        Entries { decoder, entries: map.iter(), current: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.current = self.entries.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        let deserializer: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        seed.deserialize(deserializer).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (key, value) =
            self.current.take().ok_or_else(|| Fault::custom("a value was read before its key"))?;
        seed.deserialize(self.decoder.with(value))
            .map_err(|fault| fault.inside(Segment::Key(key.clone())))
    }
}

pub struct Items<'v> {
    decoder: Decoder<'v>,
    items: std::iter::Enumerate<std::slice::Iter<'v, Value>>,
}

impl<'v> Items<'v> {
    pub fn new(decoder: Decoder<'v>, items: &'v [Value]) -> Self {
        Items { decoder, items: items.iter().enumerate() }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((index, value)) = self.items.next() else { return Ok(None) };
        let item = seed.deserialize(self.decoder.with(value));
        item.map(Some).map_err(|fault| fault.inside(Segment::Index(index)))
    }
}

/// `mmdebstrap` or `mmdebstrap: {suite: bookworm}`.
pub struct Variant<'v> {
    pub name: &'v str,
    pub content: Option<Decoder<'v>>,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let deserializer: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(deserializer)?, self))
    }
}

impl Variant<'_> {
    fn inside<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|fault| fault.inside(Segment::Key(self.name.to_owned())))
    }

    fn empty(&self) -> Fault {
        Fault::custom(format!("needs settings under `{}:`", self.name))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(Fault::custom(format!("must be the word `{}` alone", self.name))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(content.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(content.deserialize_map(visitor))
    }
}
