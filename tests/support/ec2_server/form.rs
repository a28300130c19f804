//! The parameters of a request: `Filter.1.Value.2=running&…`.

use std::collections::BTreeMap;

use super::world::Tags;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(pub BTreeMap<String, String>);

impl Form {
    pub fn parse(body: &str) -> Form {
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        Form(pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
    }

    /// Empty when the parameter is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub fn opt(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// `NAME.1`, `NAME.2`, …
    pub fn list(&self, name: &str) -> Vec<String> {
        let numbered = (1..).map(|number| self.0.get(&format!("{name}.{number}")));
        numbered.map_while(|value| value.cloned()).collect()
    }

    /// The parts `NAME.1.…`, `NAME.2.…`, each as a form.
    pub fn parts(&self, name: &str) -> Vec<Form> {
        let part = |number: u32| {
            let start = format!("{name}.{number}.");
            let own = self.0.iter().filter_map(|(key, value)| {
                Some((key.strip_prefix(&start)?.to_owned(), value.clone()))
            });
            Form(own.collect())
        };
        (1..).map(part).take_while(|part| !part.0.is_empty()).collect()
    }

    /// The name and the values of each filter.
    pub fn filters(&self) -> Vec<(String, Vec<String>)> {
        let filters = self.parts("Filter");
        filters.iter().map(|filter| (filter.get("Name").to_owned(), filter.list("Value"))).collect()
    }

    /// `NAME.1.Key`, `NAME.1.Value`, …
    pub fn tags(&self, name: &str) -> Tags {
        let tags = self.parts(name);
        tags.iter().map(|tag| (tag.get("Key").to_owned(), tag.get("Value").to_owned())).collect()
    }

    /// The tags for one kind of resource that a request makes.
    pub fn tags_for(&self, kind: &str) -> Tags {
        let mut specifications = self.parts("TagSpecification");
        specifications.retain(|specification| specification.get("ResourceType") == kind);
        specifications.iter().flat_map(|specification| specification.tags("Tag")).collect()
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
