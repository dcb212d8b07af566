//! Words of bands, tours and classical programmes.

pub const ADJECTIVES: &[&str] = &[
    "Amber", "Ancient", "Autumn", "Bitter", "Blue", "Borrowed", "Brass", "Brave", "Broken", "Burning", "Calm", "Careless", "Cedar", "Clever",
    "Cobalt", "Coastal", "Copper", "Coral", "Crooked", "Curious", "Dancing", "Daylight", "Distant", "Drifting", "Dusty", "Early", "Eastern",
    "Electric", "Emerald", "Empty", "Endless", "Faded", "Faithful", "Feral", "Floating", "Forgotten", "Foreign", "Fragile", "Frozen", "Gentle",
    "Ghost", "Gilded", "Glass", "Golden", "Half", "Hidden", "High", "Hollow", "Honest", "Humble", "Idle", "Indigo", "Iron", "Ivory", "Jade",
    "Late", "Lazy", "Little", "Lonely", "Long", "Lost", "Loud", "Lucky", "Lunar", "Magnetic", "Marble", "Midnight", "Minor", "Misty", "Modern",
    "Mossy", "Neon", "Night", "Northern", "Nimble", "Ochre", "Open", "Pale", "Paper", "Patient", "Pearl", "Plastic", "Polite", "Quiet",
    "Radiant", "Rapid", "Restless", "Royal", "Rural", "Rusty", "Salt", "Scarlet", "Second", "Secret", "Seven", "Shallow", "Silent", "Silver",
    "Sleepy", "Slow", "Small", "Solar", "Southern", "Spare", "Static", "Stolen", "Stormy", "Strange", "Sudden", "Sunken", "Tall", "Tame",
    "Tender", "Thousand", "Tidal", "Tin", "Twin", "Unlikely", "Upper", "Urban", "Vacant", "Velvet", "Violet", "Wandering", "Warm", "Western",
    "Wild", "Winter", "Wooden", "Yellow", "Young",
];

/// Things in the singular.
pub const NOUNS: &[&str] = &[
    "Albatross", "Alphabet", "Anchor", "Apricot", "Archive", "Atlas", "Avenue", "Balcony", "Ballast", "Barometer", "Basin", "Bicycle",
    "Birch", "Boulevard", "Bramble", "Cabin", "Calendar", "Canal", "Candle", "Canyon", "Caravan", "Carousel", "Cascade", "Cathedral",
    "Chapel", "Chimney", "Cinder", "Clover", "Comet", "Compass", "Corridor", "Cottage", "Courier", "Cypress", "Daybreak", "Delta", "Diary",
    "Echo", "Elevator", "Ember", "Envelope", "Estuary", "Fable", "Falcon", "Feather", "Ferry", "Fiction", "Fjord", "Fountain", "Galaxy",
    "Garden", "Glacier", "Gravity", "Harbour", "Harvest", "Heron", "Horizon", "Hourglass", "Island", "Juniper", "Kingdom", "Kite", "Lagoon",
    "Lantern", "Library", "Lighthouse", "Lilac", "Magnolia", "Mammoth", "Meadow", "Mercury", "Meridian", "Meteor", "Mirror", "Monsoon",
    "Monument", "Motel", "Mountain", "Museum", "Nebula", "Novel", "Observatory", "Orchard", "Orbit", "Paradox", "Parade", "Parlour", "Passport",
    "Pavilion", "Peninsula", "Pepper", "Pigeon", "Planet", "Plateau", "Polaroid", "Postcard", "Prairie", "Promise", "Pyramid", "Quarry",
    "Quartz", "Radio", "Railway", "Raven", "Reservoir", "Ribbon", "River", "Rooftop", "Saffron", "Satellite", "Shadow", "Signal", "Sparrow",
    "Spiral", "Station", "Summit", "Sundial", "Swallow", "Telegram", "Telescope", "Temple", "Theorem", "Thistle", "Thunder", "Tide", "Tower",
    "Tramway", "Treasure", "Tulip", "Tunnel", "Umbrella", "Valley", "Velodrome", "Viaduct", "Village", "Volcano", "Voyage", "Walnut",
    "Waterfall", "Whistle", "Willow", "Window", "Zephyr", "Zodiac",
];

/// People and animals in the plural.
pub const GROUPS: &[&str] = &[
    "Accountants", "Acrobats", "Alchemists", "Antelopes", "Archers", "Architects", "Astronomers", "Badgers", "Bakers", "Bandits", "Barons",
    "Beekeepers", "Bluebirds", "Botanists", "Brothers", "Builders", "Cartographers", "Charlatans", "Choirboys", "Citizens", "Clouds",
    "Coasters", "Coyotes", "Cousins", "Crickets", "Cyclists", "Dancers", "Daughters", "Debutants", "Detectives", "Dreamers", "Drifters",
    "Engineers", "Explorers", "Farmhands", "Fireflies", "Fishermen", "Flamingos", "Foghorns", "Foresters", "Gamblers", "Gardeners", "Gazelles",
    "Gentlemen", "Giants", "Gondoliers", "Hares", "Hermits", "Hounds", "Hummingbirds", "Idlers", "Inventors", "Jackals", "Jesters", "Jugglers",
    "Kingfishers", "Lanterns", "Larks", "Librarians", "Lodgers", "Lovers", "Lynxes", "Magicians", "Magpies", "Mariners", "Mechanics",
    "Merchants", "Messengers", "Miners", "Moths", "Musketeers", "Neighbours", "Nightingales", "Nomads", "Novelists", "Otters", "Outsiders",
    "Owls", "Painters", "Pelicans", "Philosophers", "Photographs", "Pilgrims", "Pilots", "Pioneers", "Planets", "Porters", "Postmen",
    "Professors", "Ramblers", "Rascals", "Rockets", "Sailors", "Salamanders", "Scholars", "Seagulls", "Shepherds", "Sisters", "Sleepers",
    "Smugglers", "Spectators", "Squirrels", "Starlings", "Strangers", "Students", "Swimmers", "Tailors", "Telegraphs", "Tenants", "Tigers",
    "Tourists", "Travellers", "Trumpets", "Understudies", "Vagabonds", "Villains", "Wanderers", "Weavers", "Whales", "Widows", "Wolves",
];

/// Names of bands in other tongues: `article adjective-or-noun` made whole from two lists each.
pub const TONGUES: &[(&[&str], &[&str])] = &[
    (
        &["Los Faroles", "Los Tranvías", "Las Golondrinas", "Los Relojes", "Las Mareas", "Los Espejos", "Las Ventanas", "Los Cometas",
          "Las Naranjas", "Los Veranos", "Las Cometas", "Los Balcones", "Las Tormentas", "Los Vecinos", "Las Hormigas", "Los Archivos"],
        &["del Sur", "de Papel", "de Medianoche", "del Puerto", "de Cobre", "sin Nombre", "de Agosto", "del Norte", "Perdidos", "de Sal",
          "Eléctricos", "de Lluvia", "de Barrio", "Invisibles", "de Plata", "del Mar"],
    ),
    (
        &["Les Hirondelles", "Les Nuages", "Les Phares", "Les Voisins", "Les Oiseaux", "Les Horloges", "Les Papillons", "Les Automnes",
          "Les Renards", "Les Mirages", "Les Satellites", "Les Passants", "Les Cigales", "Les Marées", "Les Tournesols", "Les Baleines"],
        &["de Minuit", "Bleus", "du Dimanche", "sans Fin", "de Verre", "du Port", "Immobiles", "d'Hiver", "en Papier", "de la Nuit",
          "Oubliés", "de Velours", "du Matin", "Étranges", "d'Argent", "de Septembre"],
    ),
    (
        &["Die Nachtzüge", "Die Laternen", "Die Füchse", "Die Gärtner", "Die Wolken", "Die Kuriere", "Die Amseln", "Die Zimmer",
          "Die Leuchttürme", "Die Uhrmacher", "Die Komparsen", "Die Segler", "Die Spiegel", "Die Sommer", "Die Fahrräder", "Die Elstern"],
        &["von Gestern", "im Regen", "am Kanal", "aus Papier", "ohne Namen", "der Nacht", "im Oktober", "aus Glas", "am Hafen", "auf Reisen",
          "im Nebel", "aus Kupfer", "von Nebenan", "im Hof", "nach Mitternacht", "am Fluss"],
    ),
    (
        &["Os Faróis", "As Andorinhas", "Os Bondes", "As Janelas", "Os Telhados", "As Marés", "Os Jardins", "As Laranjas", "Os Vizinhos",
          "As Canoas", "Os Relâmpagos", "As Formigas"],
        &["da Madrugada", "de Papel", "do Cais", "sem Fim", "de Abril", "do Norte", "de Vidro", "da Esquina", "Azuis", "de Verão", "do Sertão",
          "de Prata"],
    ),
    (
        &["I Lampioni", "Le Rondini", "I Vicini", "Le Nuvole", "Gli Orologi", "Le Finestre", "I Tram", "Le Maree", "I Girasoli", "Le Comete",
          "Gli Specchi", "I Fanali"],
        &["di Carta", "del Porto", "di Mezzanotte", "d'Inverno", "Perduti", "di Vetro", "del Sud", "senza Nome", "d'Agosto", "di Rame",
          "della Notte", "Lontani"],
    ),
    (
        &["Hoshi no", "Kaze no", "Umi no", "Yoru no", "Ame no", "Tsuki no", "Yuki no", "Kumo no", "Mori no", "Hikari no", "Asa no", "Sora no"],
        &["Densha", "Tegami", "Kagami", "Machi", "Kissaten", "Toshokan", "Kodomo", "Tokei", "Hashi", "Niwa", "Kujira", "Yakusoku"],
    ),
    (
        &["Nattens", "Skogens", "Havets", "Vinterns", "Stadens", "Månens", "Fjällets", "Höstens", "Dalens", "Morgonens"],
        &["Fyrtorn", "Orkester", "Svalor", "Vänner", "Lyktor", "Arkiv", "Grannar", "Resande", "Trädgård", "Kompass", "Rävar", "Speglar"],
    ),
];

/// `(genre, instruments or voices of its soloists)`.
pub const GENRES: &[(&str, &[&str])] = &[
    ("Indie rock", &["guitar", "vocals"]),
    ("Rock", &["guitar", "drums"]),
    ("Pop", &["vocals", "keyboards"]),
    ("Folk", &["guitar", "fiddle"]),
    ("Jazz", &["saxophone", "piano", "trumpet", "double bass"]),
    ("Electronic", &["synthesizer", "turntables"]),
    ("Hip-hop", &["vocals"]),
    ("Soul", &["vocals", "organ"]),
    ("Metal", &["guitar", "drums"]),
    ("Country", &["guitar", "banjo"]),
    ("Blues", &["guitar", "harmonica"]),
    ("Reggae", &["bass", "vocals"]),
    ("Latin", &["percussion", "vocals"]),
    ("Afrobeat", &["percussion", "trumpet"]),
    ("Flamenco", &["guitar", "vocals"]),
    ("Singer-songwriter", &["guitar", "piano"]),
    ("Punk", &["guitar", "bass"]),
    ("Ambient", &["synthesizer", "piano"]),
];

/// `(composer, work, genre)`: all in the public domain.
pub const REPERTOIRE: &[(&str, &str)] = &[
    ("Ludwig van Beethoven", "Symphony No. 3 “Eroica”"), ("Ludwig van Beethoven", "Symphony No. 5"), ("Ludwig van Beethoven", "Symphony No. 7"),
    ("Ludwig van Beethoven", "Piano Concerto No. 4"), ("Ludwig van Beethoven", "Violin Concerto"), ("Wolfgang Amadeus Mozart", "Requiem"),
    ("Wolfgang Amadeus Mozart", "Symphony No. 40"), ("Wolfgang Amadeus Mozart", "Clarinet Concerto"), ("Johann Sebastian Bach", "Mass in B minor"),
    ("Johann Sebastian Bach", "St Matthew Passion"), ("Johann Sebastian Bach", "Brandenburg Concerto No. 3"), ("Antonio Vivaldi", "The Four Seasons"),
    ("George Frideric Handel", "Messiah"), ("George Frideric Handel", "Water Music"), ("Joseph Haydn", "The Creation"),
    ("Joseph Haydn", "Symphony No. 104 “London”"), ("Franz Schubert", "Symphony No. 8 “Unfinished”"), ("Franz Schubert", "Winterreise"),
    ("Robert Schumann", "Piano Concerto"), ("Clara Schumann", "Piano Concerto"), ("Fanny Hensel", "Overture in C major"),
    ("Felix Mendelssohn", "Violin Concerto"), ("Felix Mendelssohn", "Symphony No. 4 “Italian”"), ("Johannes Brahms", "Symphony No. 1"),
    ("Johannes Brahms", "Symphony No. 4"), ("Johannes Brahms", "Ein deutsches Requiem"), ("Antonín Dvořák", "Symphony No. 9 “From the New World”"),
    ("Antonín Dvořák", "Cello Concerto"), ("Bedřich Smetana", "Má vlast"), ("Pyotr Ilyich Tchaikovsky", "Symphony No. 6 “Pathétique”"),
    ("Pyotr Ilyich Tchaikovsky", "Piano Concerto No. 1"), ("Modest Mussorgsky", "Pictures at an Exhibition"),
    ("Nikolai Rimsky-Korsakov", "Scheherazade"), ("Edvard Grieg", "Piano Concerto"), ("Edvard Grieg", "Peer Gynt Suite No. 1"),
    ("Hector Berlioz", "Symphonie fantastique"), ("Camille Saint-Saëns", "Symphony No. 3 “Organ”"), ("Georges Bizet", "L’Arlésienne Suite No. 2"),
    ("Gabriel Fauré", "Requiem"), ("Claude Debussy", "La mer"), ("Lili Boulanger", "D’un matin de printemps"), ("Erik Satie", "Gymnopédies"),
    ("Gustav Mahler", "Symphony No. 1"), ("Gustav Mahler", "Symphony No. 5"), ("Anton Bruckner", "Symphony No. 7"),
    ("Frédéric Chopin", "Piano Concerto No. 2"), ("Franz Liszt", "Les préludes"), ("Edward Elgar", "Enigma Variations"),
    ("Edward Elgar", "Cello Concerto"), ("Gustav Holst", "The Planets"), ("Isaac Albéniz", "Iberia"), ("Louise Farrenc", "Symphony No. 3"),
    ("Amy Beach", "Gaelic Symphony"), ("Samuel Coleridge-Taylor", "Hiawatha’s Wedding Feast"), ("Scott Joplin", "Piano Rags"),
    ("Henry Purcell", "Dido and Aeneas"), ("Claudio Monteverdi", "Vespers of 1610"), ("Giuseppe Verdi", "Messa da Requiem"),
];

/// `(composer, opera or ballet, kind)`: all in the public domain.
pub const STAGE_WORKS: &[(&str, &str, &str)] = &[
    ("Giuseppe Verdi", "La traviata", "Opera"), ("Giuseppe Verdi", "Rigoletto", "Opera"), ("Giuseppe Verdi", "Aida", "Opera"),
    ("Giacomo Puccini", "La bohème", "Opera"), ("Giacomo Puccini", "Tosca", "Opera"), ("Wolfgang Amadeus Mozart", "The Magic Flute", "Opera"),
    ("Wolfgang Amadeus Mozart", "Don Giovanni", "Opera"), ("Georges Bizet", "Carmen", "Opera"), ("Gioachino Rossini", "The Barber of Seville", "Opera"),
    ("Antonín Dvořák", "Rusalka", "Opera"), ("Pyotr Ilyich Tchaikovsky", "Eugene Onegin", "Opera"), ("Johann Strauss II", "Die Fledermaus", "Operetta"),
    ("Pyotr Ilyich Tchaikovsky", "Swan Lake", "Ballet"), ("Pyotr Ilyich Tchaikovsky", "The Nutcracker", "Ballet"),
    ("Pyotr Ilyich Tchaikovsky", "The Sleeping Beauty", "Ballet"), ("Adolphe Adam", "Giselle", "Ballet"), ("Léo Delibes", "Coppélia", "Ballet"),
];
