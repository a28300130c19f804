//! Variables of the environment, passed in so that tests can bring their own.

pub type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// The value of a variable; an empty one counts as not set.
pub fn given(variables: Variables<'_>, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.is_empty())
}
