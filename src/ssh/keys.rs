//! stub
use crate::Result;
pub struct KeyPair {
    pub private: String,
    pub public: String,
}
pub fn generate(_c: &str) -> Result<KeyPair> {
    Err(crate::Error::failed("stub"))
}
pub fn public_of_file(_p: &std::path::Path) -> Result<String> {
    Err(crate::Error::failed("stub"))
}
