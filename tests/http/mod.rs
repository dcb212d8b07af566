//! The API over HTTP: the path of a test is the path of its URL, the file is the method. What is alike for several URLs stands at the end.

mod sessions {
    mod post;
}
mod accounts {
    mod post;
}
mod login {
    mod post;
}
mod logout {
    mod post;
}
mod queue {
    mod delete;
    mod get;
    mod live;
    mod stream;
}
mod search {
    mod availability;
    mod get;
    mod shares;
}
mod suggest {
    mod get;
}
pub mod events {
    mod delete;
    mod get;
    mod patch;
    mod post;
    mod put;
    mod best {
        mod get;
    }
    mod blocks {
        mod put;
    }
    pub mod calendar;
    mod cancel {
        mod post;
    }
    mod picture;
    mod holds {
        mod idempotency;
        mod orphans;
        mod passes;
        mod post;
        mod refusals;
        mod wheelchairs;
    }
    mod live {
        mod get;
    }
    pub mod queue {
        mod order;
        mod post;
        pub mod put;
    }
    mod seatmap {
        mod get;
    }
    mod seats {
        mod get;
        mod stream;
    }
    mod tiers {
        mod put;
    }
    mod waitlist {
        mod get;
        mod post;
        mod put;
    }
}
mod cache {
    mod purge;
}
mod cities {
    mod get;
}
mod holds {
    mod delete;
    mod get;
    mod checkout {
        mod post;
    }
}
mod me {
    mod account;
    mod get;
    mod quota;
    mod sessions;
}
mod images {
    mod delete;
    mod get;
    mod post;
    mod put;
    mod shown;
}
mod keys {
    mod keys;
}
mod audit {
    mod get;
}
pub mod orders {
    mod calendar;
    mod cancel;
    mod get;
    mod link;
    pub mod pdf;
}
mod pages {
    mod everybodys;
    mod hold;
    mod waitlist;
}
mod payments {
    mod deliveries;
    mod sandbox;
}
mod series {
    mod events;
}
mod ticket_theme {
    mod put;
}
mod tickets {
    mod get;
    mod pdf;
    mod pkpass;
    mod print {
        mod delete;
        mod get;
        mod post;
    }
}
mod venues {
    mod seat_maps;
}
mod webhooks {
    mod post;
}
mod well_known {
    mod keys;
}
mod docs;
mod facade;
mod lists;
mod owners;
mod problems;
mod records;
mod strangers;
