//! Words of venues and streets, by the tongue of the country.

use crate::demo::hall::Design;

/// How houses and streets are named in one tongue; `{}` takes a word.
pub struct Tongue {
    pub countries: &'static [&'static str],
    pub words: &'static [&'static str],
    pub theatre: &'static [&'static str],
    pub hall: &'static [&'static str],
    pub cinema: &'static [&'static str],
    pub club: &'static [&'static str],
    pub arena: &'static [&'static str],
    pub stadium: &'static [&'static str],
    pub field: &'static [&'static str],
    /// `{}` takes the house number.
    pub streets: &'static [&'static str],
}

impl Tongue {
    /// The patterns for one design's names.
    pub fn patterns(&self, design: Design) -> &'static [&'static str] {
        match design {
            Design::Theatre => self.theatre,
            Design::ConcertHall => self.hall,
            Design::Cinema => self.cinema,
            Design::Club => self.club,
            Design::Arena => self.arena,
            Design::Stadium => self.stadium,
            Design::OpenAir => self.field,
        }
    }

    /// The tongue of a country; English where none of ours is spoken.
    pub fn of(country: &str) -> &'static Self {
        TONGUES.iter().find(|tongue| tongue.countries.contains(&country)).unwrap_or(&ENGLISH)
    }
}

const ENGLISH: Tongue = Tongue {
    countries: &[],
    words: &[
        "Meridian", "Halcyon", "Juniper", "Lantern", "Larkspur", "Kestrel", "Foundry", "Wharf", "Old Mill", "Granary", "Station",
        "Riverside", "Harbour", "Quarry", "Cedar", "Ashgrove", "Northgate", "Eastbank", "Canal Street", "Sycamore", "Tanner’s",
        "Ironbridge", "Saltworks", "Weaver", "Cobalt", "Marigold", "Swallow", "Customs House", "Printworks", "Brickyard", "Clocktower",
        "Bellfield", "Wren", "Ropewalk", "Mariner", "Orchard", "Gasworks", "Exchange", "Magnolia", "Fernhill",
    ],
    theatre: &["{} Theatre", "The {} Playhouse", "{} Repertory Theatre", "The {} Stage", "{} Arts Centre", "The {}"],
    hall: &["{} Concert Hall", "{} Hall", "{} Auditorium", "{} Symphony Hall", "{} Music Centre"],
    cinema: &["{} Cinema", "{} Picture House", "{} Screens", "The {} Picturehouse", "{} Film House"],
    club: &["The {}", "{} Rooms", "{} Social Club", "Club {}", "The {} Tavern", "{} Warehouse", "{} Basement"],
    arena: &["{} Arena", "{} Dome", "{} Centre"],
    stadium: &["{} Stadium", "{} Park", "{} Ground", "{} Oval"],
    field: &["{} Fields", "{} Park", "{} Showground", "{} Green", "{} Bowl"],
    streets: &[
        "{} Station Road", "{} King Street", "{} Queen Street", "{} Mill Lane", "{} Harbour Parade", "{} Church Street",
        "{} Garden Avenue", "{} Victoria Road", "{} Bridge Street", "{} Market Square", "{} Wharf Road", "{} Orchard Street",
        "{} High Street", "{} Chapel Lane",
    ],
};

const TONGUES: &[Tongue] = &[
    Tongue {
        countries: &["DE", "AT", "CH"],
        words: &[
            "Linden", "Sonnen", "Mühlen", "Nord", "Laternen", "Hafen", "Kranich", "Silber", "Amsel", "Brücken", "Garten", "Turm", "Fluss",
            "Schwanen", "Kastanien", "Felsen", "Birken", "Morgen", "Werk", "Ufer",
        ],
        theatre: &["{}theater", "Schauspiel am {}platz", "Kammerspiele {}hof", "Theater am {}tor"],
        hall: &["{}saal", "Konzerthaus {}park", "{}halle", "Philharmonie am {}platz"],
        cinema: &["{}-Lichtspiele", "Kino {}hof", "{}-Filmtheater", "Filmpalast {}stern"],
        club: &["{}keller", "Klub {}werk", "Schlachthaus {}hof", "{}bar", "Speicher {}straße"],
        arena: &["{}-Arena", "{}-Dome", "Messehalle {}feld"],
        stadium: &["{}stadion", "Sportpark {}wiese", "{}-Sporthalle"],
        field: &["{}wiese", "Freilichtbühne {}berg", "{}park"],
        streets: &[
            "Bahnhofstraße {}", "Lindenallee {}", "Marktplatz {}", "Mühlenweg {}", "Gartenstraße {}", "Schillerstraße {}",
            "Uferpromenade {}", "Am Stadtpark {}",
        ],
    },
    Tongue {
        countries: &["FR", "BE", "CI", "SN", "CD", "CM", "MG", "BF", "ML", "NE", "TG", "BJ", "GN", "TN", "DZ", "HT"],
        words: &[
            "des Tilleuls", "du Phare", "de l'Aurore", "du Canal", "des Lilas", "de l'Horloge", "du Vieux Port", "des Hirondelles",
            "de la Gare", "du Moulin", "des Remparts", "de l'Étoile du Nord", "du Marché", "des Cèdres", "de la Rive", "du Pont Neuf",
            "des Artisans", "de la Fabrique",
        ],
        theatre: &["Théâtre {}", "Petit Théâtre {}", "Comédie {}", "Scène {}"],
        hall: &["Salle {}", "Auditorium {}", "Maison de la Musique {}"],
        cinema: &["Cinéma {}", "Ciné {}", "Écrans {}"],
        club: &["Cave {}", "Café {}", "Le Club {}", "Hangar {}"],
        arena: &["Aréna {}", "Dôme {}", "Grand Palais {}"],
        stadium: &["Stade {}", "Palais des Sports {}", "Complexe sportif {}"],
        field: &["Prairie {}", "Parc {}", "Plaine {}"],
        streets: &[
            "{} rue des Tilleuls", "{} rue de la Gare", "{} place du Marché", "{} avenue des Cèdres", "{} quai du Canal",
            "{} boulevard du Nord", "{} rue Haute", "{} impasse du Moulin",
        ],
    },
    Tongue {
        countries: &["ES", "MX", "AR", "CO", "CL", "PE", "EC", "VE", "BO", "DO", "GT", "CR", "UY", "PY", "CU", "HN", "NI", "SV", "PA"],
        words: &[
            "del Faro", "Alameda", "de la Luna", "del Puerto", "Jacarandá", "San Telmo", "del Sol", "de las Flores", "Mirador",
            "Almendros", "del Río", "Estrella", "de los Naranjos", "Bellavista", "del Molino", "Golondrina", "de la Estación",
            "Mercado Viejo", "del Norte", "Azahar",
        ],
        theatre: &["Teatro {}", "Nuevo Teatro {}", "Sala {}", "Corral {}"],
        hall: &["Auditorio {}", "Palacio de la Música {}", "Sala Sinfónica {}"],
        cinema: &["Cine {}", "Cines {}", "Multicine {}", "Cinema {}"],
        club: &["Café {}", "La Cava {}", "Club {}", "Bodega {}", "Sótano {}"],
        arena: &["Arena {}", "Domo {}", "Palacio {}"],
        stadium: &["Estadio {}", "Polideportivo {}", "Coliseo {}"],
        field: &["Parque {}", "Explanada {}", "Campo {}"],
        streets: &[
            "Calle Mayor {}", "Avenida del Puerto {}", "Calle de las Flores {}", "Plaza Nueva {}", "Paseo del Río {}", "Calle Estación {}",
            "Camino Real {}", "Calle Molino {}",
        ],
    },
    Tongue {
        countries: &["IT"],
        words: &[
            "dell'Aurora", "del Faro", "dei Tigli", "San Marco Vecchio", "della Torre", "del Mulino", "delle Rondini", "dell'Orologio",
            "del Porto", "dei Giardini", "della Luna", "del Borgo", "Girasole", "delle Arti", "del Ponte", "dei Mercanti",
        ],
        theatre: &["Teatro {}", "Piccolo Teatro {}", "Sala {}"],
        hall: &["Auditorium {}", "Sala Concerti {}"],
        cinema: &["Cinema {}", "Multisala {}", "Cineteatro {}"],
        club: &["Circolo {}", "Cantina {}", "Club {}", "Officina {}"],
        arena: &["Palasport {}", "Arena {}"],
        stadium: &["Stadio {}", "Palazzetto {}"],
        field: &["Parco {}", "Prato {}", "Ippodromo {}"],
        streets: &[
            "Via Roma {}", "Via dei Tigli {}", "Piazza del Mercato {}", "Corso Italia {}", "Via della Stazione {}",
            "Viale dei Giardini {}", "Vicolo Stretto {}",
        ],
    },
    Tongue {
        countries: &["BR", "PT", "AO", "MZ"],
        words: &[
            "do Farol", "da Aurora", "das Palmeiras", "do Cais", "Boa Vista", "do Sol", "das Laranjeiras", "da Lua", "do Mercado",
            "Ipê Amarelo", "da Ribeira", "do Moinho", "das Andorinhas", "Estrela do Sul", "da Estação", "do Jardim",
        ],
        theatre: &["Teatro {}", "Sala {}", "Teatro Municipal {}"],
        hall: &["Auditório {}", "Sala de Concertos {}", "Casa da Música {}"],
        cinema: &["Cine {}", "Cinema {}", "Cinemas {}"],
        club: &["Clube {}", "Casa {}", "Café {}", "Galpão {}"],
        arena: &["Arena {}", "Pavilhão {}"],
        stadium: &["Estádio {}", "Ginásio {}"],
        field: &["Parque {}", "Praça {}", "Campo {}"],
        streets: &[
            "Rua das Flores {}", "Avenida Central {}", "Rua do Cais {}", "Praça da Estação {}", "Rua Nova {}", "Travessa do Moinho {}",
            "Alameda das Palmeiras {}",
        ],
    },
    Tongue {
        countries: &["SE", "NO", "DK", "FI"],
        words: &["Nord", "Havne", "Fyr", "Skogs", "Lind", "Måne", "Bro", "Sol", "Sjö", "Ström", "Torgs", "Berg", "Vinter", "Ekko", "Park", "Kvarn"],
        theatre: &["{}teatern", "{}scenen", "Lilla {}teatern"],
        hall: &["{}salen", "{}hallen", "Konserthuset {}by"],
        cinema: &["Bio {}stjernen", "{}bio", "Kino {}lys"],
        club: &["{}klubben", "{}källaren", "Kafé {}lund", "{}magasinet"],
        arena: &["{}arena", "{}domen"],
        stadium: &["{}stadion", "{}vallen", "{}hallen Sport"],
        field: &["{}parken", "{}ängen", "{}holmen"],
        streets: &["Storgatan {}", "Kirkegata {}", "Havnegade {}", "Torget {}", "Parkvägen {}", "Skolegata {}", "Strandgatan {}"],
    },
    Tongue {
        countries: &["NL"],
        words: &["Linde", "Haven", "Molen", "Zwaluw", "Lantaarn", "Kade", "Toren", "Veer", "Sluis", "Ster", "Wolken", "Markt"],
        theatre: &["{}theater", "Schouwburg De {}", "Theater De {}"],
        hall: &["{}zaal", "Muziekgebouw De {}", "Concertzaal {}hof"],
        cinema: &["Bioscoop De {}", "Filmhuis {}plein", "Cinema {}"],
        club: &["Café De {}", "{}kelder", "Poppodium De {}", "De {}"],
        arena: &["{}dome", "{}hallen"],
        stadium: &["{}stadion", "Sporthal De {}"],
        field: &["{}park", "{}weide", "{}eiland"],
        streets: &["Kerkstraat {}", "Stationsweg {}", "Molenlaan {}", "Havenkade {}", "Marktplein {}", "Lindelaan {}"],
    },
    Tongue {
        countries: &["PL", "CZ", "SK", "UA", "RS", "HR", "BY", "BG", "RU"],
        words: &[
            "Aurora", "Latarnia", "Lipa", "Wisła", "Kometa", "Zorza", "Jaskółka", "Bursztyn", "Sova", "Luna", "Most", "Vltavan", "Kalina",
            "Horizont", "Mlyn", "Fontana",
        ],
        theatre: &["Teatr {}", "Divadlo {}", "Scena {}"],
        hall: &["Filharmonia {}", "Sala {}", "Dom Muzyki {}"],
        cinema: &["Kino {}", "Bio {}", "Kinoteatr {}"],
        club: &["Klub {}", "Piwnica {}", "Kavárna {}", "Magazyn {}"],
        arena: &["Arena {}", "Hala {}"],
        stadium: &["Stadion {}", "Hala Sportowa {}"],
        field: &["Park {}", "Błonia {}", "Amfiteatr {}"],
        streets: &["ul. Lipowa {}", "ul. Dworcowa {}", "Hlavní {}", "ul. Młyńska {}", "Nádražní {}", "ul. Ogrodowa {}", "Rynek {}"],
    },
    Tongue {
        countries: &["JP"],
        words: &[
            "Hoshizora", "Minato", "Sakuragaoka", "Asahi", "Tsukimi", "Hibiki", "Kaede", "Midori", "Akatsuki", "Umikaze", "Fujimi",
            "Kawabe", "Komorebi", "Hanabi",
        ],
        theatre: &["{} Gekijō", "{} Theater", "{} Stage"],
        hall: &["{} Hall", "{} Bunka Kaikan", "{} Concert Hall"],
        cinema: &["Cinema {}", "{} Eigakan", "{} Theater Screens"],
        club: &["Live House {}", "Club {}", "{} Basement", "Jazz Kissa {}"],
        arena: &["{} Arena", "{} Dome"],
        stadium: &["{} Stadium", "{} Taiikukan"],
        field: &["{} Park", "{} Hiroba", "{} Seaside Lawn"],
        streets: &["1-{}-4 Minatomachi", "3-{}-2 Sakuragaoka", "2-{}-7 Honchō", "5-{}-1 Asahichō", "4-{} Ekimae"],
    },
    Tongue {
        countries: &["CN", "TW", "HK"],
        words: &[
            "Yuehu", "Qingfeng", "Chunlan", "Jinhe", "Baiyun Road", "Hongqiao Lane", "Xingchen", "Lanxiang", "Dongshan", "Cuiwei",
            "Jiangnan", "Fenglin", "Mingyue", "Haitang", "Zhulin", "Beihai Road",
        ],
        theatre: &["{} Grand Theatre", "{} Theatre", "{} Playhouse", "{} Small Theatre"],
        hall: &["{} Concert Hall", "{} Music Hall", "{} Philharmonic Hall"],
        cinema: &["{} Cinema", "{} Film City", "{} Screens"],
        club: &["{} Livehouse", "Club {}", "{} Warehouse", "{} Tea House"],
        arena: &["{} Arena", "{} Sports Centre"],
        stadium: &["{} Stadium", "{} Gymnasium"],
        field: &["{} Park", "{} Lakeside Lawn", "{} Square"],
        streets: &["{} Zhongshan Road", "{} Jiefang Road", "{} Renmin Street", "{} Heping Avenue", "{} Hubin Road", "{} Nanjing Street"],
    },
    Tongue {
        countries: &["IN", "PK", "BD", "LK", "NP"],
        words: &[
            "Chandni", "Gulmohar", "Neelam", "Rangoli", "Shalimar", "Ashoka", "Saraswati", "Kamal", "Banyan", "Mayur", "Sagar", "Jasmine",
            "Deepak", "Kaveri", "Monsoon", "Old Customs",
        ],
        theatre: &["{} Rang Mandir", "{} Natyagriha", "{} Theatre", "{} Playhouse"],
        hall: &["{} Auditorium", "{} Sabha", "{} Hall"],
        cinema: &["{} Talkies", "{} Cinema", "{} Picture Palace", "{} Chitra Mandir"],
        club: &["{} Social", "The {} Room", "Café {}", "{} Courtyard"],
        arena: &["{} Indoor Arena", "{} Dome"],
        stadium: &["{} Stadium", "{} Sports Complex", "{} Maidan"],
        field: &["{} Gardens", "{} Grounds", "{} Bagh"],
        streets: &["{} Station Road", "{} Gandhi Road", "{} Lake View Road", "{} Temple Street", "{} Market Road", "{} Ring Road", "{} Civil Lines"],
    },
    Tongue {
        countries: &["EG", "SA", "AE", "IQ", "JO", "LB", "MA", "DZ", "LY", "SD", "SY", "YE", "OM", "PS"],
        words: &[
            "Al Nakheel", "Al Qamar", "Al Bahr", "Al Manar", "Al Rimal", "Yasmin", "Al Fanar", "Al Waha", "Zaytoun", "Al Noor", "Al Souk",
            "Rayhan", "Al Burj", "Al Khaleej",
        ],
        theatre: &["{} Theatre", "Masrah {}", "{} Playhouse"],
        hall: &["{} Hall", "{} Auditorium", "Dar {} for Music"],
        cinema: &["Cinema {}", "{} Screens"],
        club: &["{} Lounge", "Café {}", "{} Courtyard"],
        arena: &["{} Arena", "{} Dome"],
        stadium: &["{} Stadium", "{} Sports Hall"],
        field: &["{} Gardens", "{} Corniche Lawn", "{} Park"],
        streets: &["{} Corniche Road", "{} Al Nasr Street", "{} Station Street", "{} Al Jamia Street", "{} Garden Street", "{} Al Souk Street"],
    },
    Tongue {
        countries: &["TR", "AZ", "KZ", "UZ", "TM", "KG"],
        words: &["Yıldız", "Deniz", "Çınar", "Nar", "Lale", "Köprü", "Fener", "Anka", "Güneş", "Zeytin", "Bahar", "Kervan", "Turna", "Mavi"],
        theatre: &["{} Tiyatrosu", "{} Sahnesi"],
        hall: &["{} Konser Salonu", "{} Kültür Merkezi"],
        cinema: &["{} Sineması", "Sinema {}"],
        club: &["{} Kulüp", "Kahve {}", "{} Mahzen"],
        arena: &["{} Arena", "{} Spor Salonu"],
        stadium: &["{} Stadyumu", "{} Spor Kompleksi"],
        field: &["{} Parkı", "{} Çayırı"],
        streets: &["İstasyon Caddesi {}", "Çınar Sokak {}", "Liman Caddesi {}", "Bahçe Sokak {}", "Köprü Yolu {}"],
    },
    Tongue {
        countries: &["ID", "MY"],
        words: &["Melati", "Cendana", "Bintang", "Nusa", "Kencana", "Purnama", "Anggrek", "Samudra", "Rimba", "Mutiara", "Senja", "Garuda Lama"],
        theatre: &["Teater {}", "Gedung {}", "Panggung {}"],
        hall: &["Balai {}", "Gedung Musik {}", "Auditorium {}"],
        cinema: &["Bioskop {}", "Sinema {}"],
        club: &["Rumah {}", "Kopi {}", "Gudang {}"],
        arena: &["Arena {}", "Dome {}"],
        stadium: &["Stadion {}", "GOR {}"],
        field: &["Taman {}", "Lapangan {}"],
        streets: &["Jalan Merdeka {}", "Jalan Melati {}", "Jalan Stasiun {}", "Jalan Pasar {}", "Jalan Pantai {}"],
    },
];
