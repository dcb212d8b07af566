# Boxoffice behind Varnish 7 with xkey (Debian: varnish, varnish-modules). docs/CACHING.md says why each line stands here.
#
#   varnishd -a 0.0.0.0:80 -f /etc/varnish/boxoffice.vcl -s malloc,1g
#   boxoffice serve --trusted-proxies 127.0.0.1 --public-url https://tickets.example --purge-varnish http://127.0.0.1:80
vcl 4.1;

import std;
import xkey;

backend default {
    .host = "127.0.0.1";
    .port = "8080";
    .first_byte_timeout = 40s;
}

# who may purge: the machines on which boxoffice runs
acl purgers {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers || !req.http.xkey-purge) {
            return (synth(405, "Not allowed"));
        }
        # several tags may stand in one request
        set req.http.gone = xkey.purge(req.http.xkey-purge);
        return (synth(200, "Purged " + req.http.gone));
    }
    # For a second an answer that is over is still given while the next one is fetched. Only when the backend fails (see vcl_synth) do
    # we look a second time, for one that is older.
    if (req.restarts == 0) {
        set req.grace = 1s;
        unset req.http.X-Second-Look;
    } else {
        set req.grace = 24h;
        set req.http.X-Second-Look = "yes";
    }
    # what never ends is handed through
    if (req.url ~ "^/v1/events/[^/]+/(seats/stream|live)") {
        return (pipe);
    }
    # whoever shows a token is answered for himself
    if (req.http.Authorization || (req.method != "GET" && req.method != "HEAD")) {
        return (pass);
    }
    # public answers are the same for everybody: the browser's cookie says nothing to them
    if (req.url ~ "^/(v1/(search|suggest|events|series|performers|venues|cities|seat-maps|images)([/?]|$)|static/|docs|openapi\.json|sitemap|robots\.txt|\.well-known/)") {
        unset req.http.Cookie;
    }
    # and so are pages of everybody; what stands beside an event's page is one visitor's
    if (req.url ~ "^/([?]|$)|^/(search|performers|venues|cities|series)([/?]|$)|^/events/[^/?]+/(?!(hold|waitlist|queue)([/?]|$))[^/?]+([?]|$)") {
        unset req.http.Cookie;
    }
    # one spelling of what a program reads, so that an image is kept once a format and not once a browser
    if (req.url ~ "^/v1/images/") {
        if (req.http.Accept ~ "image/webp") {
            set req.http.Accept = "image/webp";
        } else if (req.http.Accept ~ "application/json") {
            set req.http.Accept = "application/json";
        } else if (req.http.Accept !~ "^image/(png|jpeg)$") {
            set req.http.Accept = "image/*";
        }
    }
    # the built-in rules go on from here: what still has a cookie is passed
}

sub vcl_backend_response {
    # the tags by which answers are forgotten, and one that all of ours have
    set beresp.http.xkey = beresp.http.Surrogate-Key + " boxoffice-all";
    # kept beyond its time, to be shown when there is no other
    if (beresp.http.Cache-Control ~ "stale-if-error=[0-9]+") {
        set beresp.grace = std.duration(regsub(beresp.http.Cache-Control, "^.*stale-if-error=([0-9]+).*$", "\1s"), 60s);
    } else {
        set beresp.grace = 2s;
    }
    # an error is no answer: at first it is thrown away, since storing it would throw away what is kept
    if (beresp.status >= 500) {
        if (!bereq.uncacheable && (bereq.is_bgfetch || !bereq.http.X-Second-Look)) {
            return (abandon);
        }
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
        set beresp.grace = 0s;
        set beresp.keep = 0s;
        return (deliver);
    }
    # no private answer is ever stored, whatever else is changed here
    if (beresp.http.Cache-Control ~ "(private|no-store)" || beresp.http.Set-Cookie) {
        set beresp.uncacheable = true;
        set beresp.ttl = 5s;
        return (deliver);
    }
}

# A backend that does not answer at all is no answer either.
sub vcl_backend_error {
    if (!bereq.uncacheable && (bereq.is_bgfetch || !bereq.http.X-Second-Look)) {
        return (abandon);
    }
}

sub vcl_deliver {
    unset resp.http.xkey;
    # what boxoffice said of its own cache stands before (RFC 9211)
    if (resp.http.Cache-Status) {
        set resp.http.Cache-Status = resp.http.Cache-Status + ", ";
    }
    if (obj.hits > 0 && req.restarts > 0) {
        set resp.http.Cache-Status = resp.http.Cache-Status + "varnish; fwd=stale";
    } else if (obj.hits > 0) {
        set resp.http.Cache-Status = resp.http.Cache-Status + "varnish; hit";
    } else {
        set resp.http.Cache-Status = resp.http.Cache-Status + "varnish; fwd=miss";
    }
}

# The backend failed: look a second time. Where nothing is kept its error is handed on.
sub vcl_synth {
    if (resp.status == 503 && req.restarts == 0 && (req.method == "GET" || req.method == "HEAD") && !req.http.Authorization) {
        return (restart);
    }
}

# a WebSocket's handshake goes through as it is
sub vcl_pipe {
    if (req.http.Upgrade) {
        set bereq.http.Upgrade = req.http.Upgrade;
        set bereq.http.Connection = req.http.Connection;
    }
}
