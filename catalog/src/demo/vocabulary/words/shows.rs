//! Words of plays, films, clubs, comedians, conferences, festivals and family shows.

/// `{}` takes a thing from [`super::music::NOUNS`].
pub const FILM_PATTERNS: &[&str] = &[
    "The Last {}", "{} at Dusk", "A {} for Two", "The {} Keeper", "Beyond the {}", "The {} Affair", "Letters from the {}", "Return to {} Street",
    "The {} Thief", "{} Rising", "No Road to the {}", "The Other {}", "Under the {}", "The {} and the Sea", "My Father’s {}", "Night of the {}",
    "The {} Protocol", "Seven Days at the {}", "The Girl with the {}", "{} Zero", "Once Upon a {}", "Where the {} Ends", "The {} Sisters",
    "A Quiet {}", "The {} Job", "Second {}", "Return of the {}", "The Winter {}", "Looking for the {}", "The {} Inheritance", "Paper {}", "{} Season",
];

pub const FILM_GENRES: &[&str] = &[
    "Drama", "Comedy", "Thriller", "Animation", "Science fiction", "Documentary", "Romance", "Horror", "Adventure", "Crime", "Fantasy", "Family",
];

/// Screening variants behind a film's title; most showings have none.
pub const FILM_VERSIONS: &[&str] = &["", "", "", "", "", "", "Original version", "Subtitled", "3D", "Late show", "Relaxed screening"];

pub const PLAY_PATTERNS: &[&str] = &[
    "The {} Room", "An Evening at the {}", "{} & Daughters", "The Importance of the {}", "Waiting by the {}", "The {} Trial", "Three {}s",
    "A House with a {}", "The Man Who Sold the {}", "What the {} Saw", "{} in the Attic", "Dinner under the {}", "The {} Letters", "Goodbye, {}",
    "The Summer of the {}", "A {} in Winter", "Uncle’s {}", "The Society of the {}", "The {} Upstairs", "Half a {}", "The Silence of the {}",
];

/// Plays in the public domain.
pub const OLD_PLAYS: &[(&str, &str)] = &[
    ("William Shakespeare", "Hamlet"), ("William Shakespeare", "Twelfth Night"), ("William Shakespeare", "A Midsummer Night’s Dream"),
    ("William Shakespeare", "Macbeth"), ("Oscar Wilde", "The Importance of Being Earnest"), ("Anton Chekhov", "The Cherry Orchard"),
    ("Anton Chekhov", "Uncle Vanya"), ("Henrik Ibsen", "A Doll’s House"), ("Henrik Ibsen", "Peer Gynt"), ("Molière", "The Miser"),
    ("Molière", "Tartuffe"), ("Aphra Behn", "The Rover"), ("Sophocles", "Antigone"), ("Euripides", "Medea"), ("Lope de Vega", "Fuenteovejuna"),
    ("Nikolai Gogol", "The Government Inspector"), ("Friedrich Schiller", "Mary Stuart"), ("August Strindberg", "Miss Julie"),
    ("Johann Wolfgang von Goethe", "Faust"), ("Carlo Goldoni", "The Servant of Two Masters"),
];

pub const PLAY_GENRES: &[&str] = &["Drama", "Comedy", "Musical", "Thriller", "Farce", "New writing"];

pub const COMPANIES: &[&str] = &[
    "Lamplight", "Paper Boat", "Open Door", "Second Floor", "Blue Curtain", "Tinderbox", "Half Moon", "Red Umbrella", "Northbank", "Foundry",
    "Corner Shop", "Long Table", "Wishbone", "Night Bus", "Salt Yard", "Cardboard", "Wild Orchard", "Borrowed Coat", "Third Bell", "Kite String",
];

/// `(sport, animals and people for clubs are shared, usual seasons' name)`.
pub const SPORTS: &[(&str, &str)] = &[
    ("Football", "League"), ("Basketball", "Conference"), ("Ice hockey", "Series"), ("Rugby", "Championship"), ("Handball", "League"),
    ("Volleyball", "Cup"), ("Netball", "League"), ("Futsal", "Series"),
];

pub const CLUBS: &[&str] = &[
    "Albatrosses", "Anchors", "Arrows", "Badgers", "Bears", "Bisons", "Buccaneers", "Comets", "Condors", "Corsairs", "Cyclones", "Falcons",
    "Flyers", "Foxes", "Gulls", "Herons", "Hornets", "Ibexes", "Jaguars", "Kestrels", "Lancers", "Leopards", "Lynxes", "Mariners", "Meteors",
    "Mustangs", "Ospreys", "Otters", "Owls", "Panthers", "Pelicans", "Pumas", "Rhinos", "Rovers", "Sentinels", "Sharks", "Stags", "Stallions",
    "Storm", "Terns", "Thunder", "Tidals", "Trams", "Turtles", "United", "Vikings", "Wanderers", "Wolves", "Athletic", "City", "Olympic", "Union",
];

pub const COMEDY_TOURS: &[&str] = &[
    "Mildly Outraged", "Please Hold", "Nobody Asked", "The Middle Child", "Works in Theory", "Still Parking", "Terms and Conditions",
    "One More Thing", "Small Talk", "Not Like This", "Lost Property", "Out of Office", "Wrong Trousers Again", "Adult Supervision", "Loading…",
    "Second Helping", "Reply All", "Better in Person", "No Refunds on Feelings", "Low Battery", "Asking for a Friend", "Fine, Actually",
    "Window Seat", "Unread", "Neighbourhood Watch", "Best Before", "Local Hero", "Slightly Foxed", "Indoor Voice", "Left on Seen",
];

pub const TOUR_PATTERNS: &[&str] = &[
    "{a} {n} Tour", "The {n} Tour", "{a} {n} Tour", "Songs from the {n}", "{n} & {m}", "Back to the {n}", "The {a} {n} World Tour", "Live",
    "An Evening with", "Acoustic", "{a} Nights Tour", "All the {a} {n}s", "Unplugged in {n}", "{a} Season",
];

pub const CONFERENCES: &[&str] = &[
    "Open Data", "Urban Mobility", "Clean Energy", "Modern Databases", "Food Futures", "Design Systems", "Digital Health", "Circular Economy",
    "Applied Statistics", "Game Makers", "Independent Publishing", "Marine Science", "Education", "Timber Building", "Systems Programming",
    "Community Radio", "Public Libraries", "Night Trains", "Robotics", "Cyber Safety", "Local Journalism", "Water Technology",
];

pub const CONFERENCE_KINDS: &[&str] = &["Summit", "Conference", "Forum", "Days", "Meetup", "Expo", "Symposium"];

/// Given away for nothing, in clubs and halls.
pub const FREE_EVENTS: &[&str] = &[
    "Open Stage Night", "Lunchtime Concert", "Poetry Slam", "Community Choir", "Local History Evening", "Student Showcase", "Repair Café",
    "Film Club Talk", "Young Composers’ Hour", "Swap Meet", "Story Hour", "Chess in Public", "Book Launch", "Neighbourhood Assembly",
];

pub const FESTIVAL_PATTERNS: &[&str] = &[
    "{n} Festival", "{a} {n} Festival", "{c} Open Air", "{n} Fields", "{a} Weekend", "{c} Jazz Days", "Sound of {c}", "{n} & {m}", "{c} Summer Stage",
    "{a} {n} Sessions", "{c} Lights", "Festival of the {n}",
];

pub const FAMILY_PATTERNS: &[&str] = &[
    "The Little {n}", "{n} on Ice", "The {n} Circus", "The Bear Who Found a {n}", "Puppets of the {n}", "Captain {n} and the Lost {m}",
    "The {a} {n} Show", "Dinosaurs of the {n}", "Magic at the {n}", "The Singing {n}",
];
