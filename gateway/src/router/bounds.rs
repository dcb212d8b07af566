//! The bounds of what is refused, said in the document: one table for fields and parameters whose checks stand in other rooms.
//!
//! A test sends each bound and one more to a server (tests/http/docs.rs), so that the table cannot say what is not so.

use utoipa::Number;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{Object, Schema};
use utoipa::openapi::{OpenApi, RefOr};

/// What a value must be.
#[derive(Debug, Clone, Copy)]
enum Bound {
    /// Characters: at least, at most.
    Chars(usize, usize),
    /// A list of at most so many; each of at most so many characters where that is said.
    Items(usize, Option<usize>),
    /// At least, at most.
    Whole(isize, isize),
    Like(&'static str),
}

use Bound::{Chars, Items, Like, Whole};

const NAME: Bound = Chars(1, 300);
const LINE: Bound = Chars(0, 300);
const WORD: Bound = Chars(0, 100);
const PROSE: Bound = Chars(0, 20_000);
const NAMES: Bound = Items(50, Some(300));
const COUNTRY: Bound = Like("^([A-Z]{2})?$");

/// Schemas, and the bounds of their fields.
type Bounded = (&'static [&'static str], &'static [(&'static str, Bound)]);

/// Fields of bodies that are written, by schema and by patch of it.
const FIELDS: &[Bounded] = &[
    (
        &["NewVenueBody", "VenuePatchBody"],
        &[
            ("name", NAME),
            ("external_id", Chars(1, 200)),
            ("source", WORD),
            ("venue_kind", WORD),
            ("city", WORD),
            ("region", WORD),
            ("district", WORD),
            ("postal_code", WORD),
            ("address", LINE),
            ("country", COUNTRY),
            ("description", PROSE),
            ("aliases", NAMES),
            ("capacity", Whole(0, 1_000_000)),
        ],
    ),
    (
        &["NewPerformerBody", "PerformerPatchBody"],
        &[
            ("name", NAME),
            ("external_id", Chars(1, 200)),
            ("source", WORD),
            ("sort_name", LINE),
            ("performer_kind", WORD),
            ("sport", WORD),
            ("city", WORD),
            ("country", COUNTRY),
            ("description", PROSE),
            ("kinds", NAMES),
            ("instruments", NAMES),
            ("aliases", NAMES),
        ],
    ),
    (
        &["NewSeriesBody", "SeriesPatchBody"],
        &[
            ("title", NAME),
            ("external_id", Chars(1, 200)),
            ("source", WORD),
            ("series_kind", WORD),
            ("category", WORD),
            ("description", PROSE),
        ],
    ),
    (
        &["NewEventBody", "EventPatchBody"],
        &[
            ("title", NAME),
            ("external_id", Chars(1, 200)),
            ("source", WORD),
            ("category", WORD),
            ("genre", WORD),
            ("event_type", WORD),
            ("season", WORD),
            ("description", PROSE),
            ("url", Chars(0, 2_000)),
            ("topics", NAMES),
            ("works", Items(200, None)),
            ("performers", Items(300, None)),
            ("capacity", Whole(1, 1_000_000)),
            ("buyer_limit", Whole(1, 1_000)),
            ("popularity", Whole(0, 1_000_000_000)),
            ("status", Like("^(scheduled|postponed|cancelled|awarded|abandoned)$")),
            ("start_precision", Like("^(minute|day)$")),
        ],
    ),
    (&["WorkBody"], &[("title", NAME), ("composer", LINE), ("composer_id", Chars(0, 200)), ("movements", Items(200, Some(300)))]),
    (&["NewCastBody"], &[("role", WORD), ("instrument", WORD)]),
    (&["TierBody"], &[("name", NAME)]),
    (&["SeatMapBody"], &[("name", Chars(1, 60)), ("sections", Items(2_000, None)), ("areas", Items(200, None))]),
    (&["MapSectionBody"], &[("label", Chars(1, 60))]),
    (&["WantedKeyBody"], &[("name", Chars(0, 200)), ("role", Like("^(organiser|partner)$"))]),
];

/// Parameters that mean the same wherever they stand.
const PARAMETERS: &[(&str, Bound)] =
    &[("limit", Whole(1, 100)), ("cursor", Chars(0, 4_096)), ("Idempotency-Key", Chars(1, 255)), ("format", Like("^list$"))];

/// Writes the bounds into the document, where it says none.
pub fn write(document: &mut OpenApi) {
    let schemas = document.components.as_mut().map(|components| &mut components.schemas);
    if let Some(schemas) = schemas {
        for (names, fields) in FIELDS {
            for name in *names {
                if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(*name) {
                    fields.iter().for_each(|(field, bound)| {
                        object.properties.get_mut(*field).into_iter().for_each(|schema| bound.write(schema))
                    });
                }
            }
        }
    }
    for item in document.paths.paths.values_mut() {
        for (_, operation) in super::openapi::operations_mut(item) {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    bound(parameter);
                }
            }
        }
    }
}

fn bound(parameter: &mut Parameter) {
    let known = PARAMETERS.iter().find(|(name, _)| *name == parameter.name && parameter.parameter_in != ParameterIn::Path);
    if let (Some((_, bound)), Some(schema)) = (known, parameter.schema.as_mut()) {
        bound.write(schema);
    }
}

impl Bound {
    fn write(self, schema: &mut RefOr<Schema>) {
        match (self, schema) {
            (Items(most, chars), RefOr::T(Schema::Array(array))) => {
                array.max_items.get_or_insert(most);
                if let (Some(chars), utoipa::openapi::schema::ArrayItems::RefOrSchema(items)) = (chars, &mut array.items) {
                    Chars(1, chars).write(items);
                }
            }
            (Chars(least, most), RefOr::T(Schema::Object(text))) => {
                if least > 0 {
                    text.min_length.get_or_insert(least);
                }
                text.max_length.get_or_insert(most);
            }
            (Whole(least, most), RefOr::T(Schema::Object(number))) => whole(number, least, most),
            (Like(pattern), RefOr::T(Schema::Object(text))) => {
                text.pattern.get_or_insert_with(|| pattern.to_owned());
            }
            // what is described elsewhere is bounded there
            (_, RefOr::Ref(_) | RefOr::T(_)) => {}
        }
    }
}

/// An unsigned number has a least of 0 by its type: a greater one takes its place.
fn whole(number: &mut Object, least: isize, most: isize) {
    number.minimum = Some(Number::Int(least));
    number.maximum.get_or_insert(Number::Int(most));
}

#[cfg(test)]
mod tests {
    use edge::{EdgeConfig, EdgeLayer};

    use crate::router::router::documented;
    use crate::settings::values::Roles;

    use super::*;

    fn document() -> serde_json::Value {
        let (_, document) = documented(Roles::ALL, true, &EdgeLayer::new(EdgeConfig::default()));
        serde_json::to_value(document).expect("plain data")
    }

    #[test]
    fn every_row_of_the_table_is_a_field_of_the_document() {
        let document = document();
        for (names, fields) in FIELDS {
            for (name, (field, bound)) in names.iter().flat_map(|name| fields.iter().map(move |row| (name, row))) {
                let schema = &document["components"]["schemas"][name]["properties"][field];
                let key = match bound {
                    Chars(..) => "maxLength",
                    Items(..) => "maxItems",
                    Whole(..) => "maximum",
                    Like(_) => "pattern",
                };
                assert!(!schema[key].is_null(), "{name}.{field}: {schema}");
            }
        }
    }

    #[test]
    fn parameters_say_their_bounds_and_ids_what_they_are() {
        let document = document();
        let mut limits = 0;
        for (path, item) in document["paths"].as_object().expect("paths") {
            for operation in item.as_object().expect("a path").values() {
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let schema = &parameter["schema"];
                    match (parameter["name"].as_str().unwrap_or_default(), parameter["in"].as_str().unwrap_or_default()) {
                        ("limit", _) => {
                            limits += 1;
                            assert_eq!(schema["minimum"], 1, "{path}");
                            assert!(schema["maximum"].as_u64().is_some_and(|most| most <= 100), "{path}: {schema}");
                        }
                        ("id", "path") => assert_eq!(schema["format"], "uuid", "{path}"),
                        ("Idempotency-Key", _) => {
                            assert_eq!((&schema["minLength"], &schema["maxLength"]), (&1.into(), &255.into()), "{path}")
                        }
                        _ => {}
                    }
                }
            }
        }
        assert!(limits > 10, "{limits}");
        assert_eq!(document["servers"][0]["url"], "/");
    }
}
