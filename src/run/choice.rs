//! The cloud, region and distribution that the command line chose.

/// `cloud:`, `region:` and `distribution:` as given on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Choice {
    pub cloud: Option<String>,
    pub region: Option<String>,
    pub distribution: Option<String>,
}

impl Choice {
    /// Later words win; what they leave out stays.
    pub fn add(&mut self, later: &Choice) {
        for (new, old) in [
            (&later.cloud, &mut self.cloud),
            (&later.region, &mut self.region),
            (&later.distribution, &mut self.distribution),
        ] {
            if new.is_some() {
                old.clone_from(new);
            }
        }
    }
}
