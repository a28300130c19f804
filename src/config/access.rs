//! The contents of maps, lists and choices, passed to serde one by one.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde_json::{Map, Value};

use super::decoder::Decoder;
use super::misfit::{Kind, Misfit};
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
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        self.current = self.entries.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        let deserializer: StrDeserializer<'_, Misfit> = key.as_str().into_deserializer();
        seed.deserialize(deserializer).map(Some).map_err(|misfit| match misfit.kind {
            Kind::Choice { .. } => misfit.inside(Segment::Key(key.clone())),
            _ => misfit,
        })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let (key, value) =
            self.current.take().ok_or_else(|| Misfit::custom("a value was read before its key"))?;
        seed.deserialize(self.decoder.with(value))
            .map_err(|misfit| misfit.inside(Segment::Key(key.clone())))
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
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some((index, value)) = self.items.next() else { return Ok(None) };
        let item = seed.deserialize(self.decoder.with(value));
        item.map(Some).map_err(|misfit| misfit.inside(Segment::Index(index)))
    }
}

/// `mmdebstrap` or `mmdebstrap: {suite: bookworm}`.
pub struct Variant<'v> {
    pub name: &'v str,
    pub content: Option<Decoder<'v>>,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Misfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Misfit> {
        let deserializer: StrDeserializer<'_, Misfit> = self.name.into_deserializer();
        Ok((seed.deserialize(deserializer)?, self))
    }
}

impl Variant<'_> {
    fn inside<T>(&self, result: Result<T, Misfit>) -> Result<T, Misfit> {
        result.map_err(|misfit| misfit.inside(Segment::Key(self.name.to_owned())))
    }

    fn empty(&self) -> Misfit {
        Misfit::custom(format!("needs settings under `{}:`", self.name))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(Misfit::custom(format!("must be the word `{}` alone", self.name))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Misfit> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(content.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let content = self.content.ok_or_else(|| self.empty())?;
        self.inside(content.deserialize_map(visitor))
    }
}
