use super::query::{Invalid, Query};

impl Query {
    /// Reads the parameters of a URL, in any order; a comma list may also be given as repeated parameters.
    ///
    /// Refuses   an unknown parameter, a value that makes no sense, `from` after `to`: the field is named.
    pub fn parse(_parameters: &[(String, String)]) -> Result<Query, Invalid> {
        todo!()
    }
}
