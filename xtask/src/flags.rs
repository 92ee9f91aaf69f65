//! The commands and what they take.

use std::ffi::OsString;

xflags::xflags! {
    /// The project's commands. What is missing on this machine is installed first: the wasm target through
    /// rustup; trunk, wasm-bindgen, geckodriver and cargo-deny into the user's cache directory; for the
    /// tests Chromium, Firefox, WebKitGTK, Node.js, PostgreSQL, Redis and three proxies, and for a release musl's
    /// compiler, through apt, where this is Debian and the user is root.
    cmd xtask {
        /// Build everything, then start the server (http://127.0.0.1:8000).
        cmd run {
            /// The server's options, behind `--`.
            repeated options: OsString
        }
        /// Build the frontend and, with it inside, target/release/parlance.
        cmd build {}
        /// Build everything, then start three nodes with one PostgreSQL and one Redis and nginx in front: to be
        /// looked at, and to be killed. Ctrl-C ends it all; everything is in target/cluster.
        cmd cluster {
            /// `upgrade` instead: nodes of an older program are replaced by today's while people write. Behind it
            /// may be a revision for git. Unless told, it is the last tagged release; as long as there is none, the
            /// first revision that can be one of several.
            repeated arguments: String
        }
        /// Watch the sources: rebuild, restart, reload (http://127.0.0.1:8080).
        cmd dev {}
        /// Check everything, about 45 minutes from nothing on two cores, or only the named steps: fmt, lint, deny,
        /// doc, native, packages, wasm, build, interop, network, browser, engines, fuzz, cluster; and otlp, which runs
        /// only when it is named.
        cmd test {
            /// Steps.
            repeated steps: String
        }
        /// Look for known faults of dependencies (asks github.com for the list, and is no part of `test`).
        cmd advisories {}
        /// Write protocol/generated anew from the catalogue.
        cmd generate {}
        /// Feed every decoder hostile input.
        cmd fuzz {
            /// For so long; 60 unless told.
            optional seconds: u64
            /// For so many inputs instead.
            optional --runs runs: u64
        }
        /// Measure the server next to socket.io on Node and on Bun and to bare socketioxide: private,
        /// open-loop, beside, fanout, idle, presence, sizes, search, reconnect, jitter; and, only when they are named,
        /// adapters and cluster. With `check` before them it is shorter, and fails where a figure was better; with
        /// `profile` it is one round of Parlance alone, for a profiler to look at. `client` measures the client next to socket.io-client, in
        /// Chromium: client, waiting, conversation, catching-up, scrolling, large; and memory, which takes an hour.
        cmd bench {
            /// Scenarios.
            repeated arguments: String
        }
        /// What finds more the longer it runs, for long: 100,000 schedules of the simulation, 1,000 broken
        /// connections, half an hour of a mixed load, 200 kills, a quarter of an hour of hostile input, what
        /// breaks several nodes, and their upgrade from an older program. An hour and three quarters, after the builds.
        cmd soak {
            /// `cluster` or `upgrade` for that part alone; a number for so many times as long.
            repeated arguments: String
        }
        /// Photograph the page at four widths, light and dark: entrance, conversations, groups, formatting,
        /// mentions, searches, changes, corners (small, enlarged, with the browser's colours), readme.
        cmd screenshots {
            /// Albums.
            repeated albums: String
        }
        /// Build what is given to others, into target/dist: a static binary (musl), a Debian package with one
        /// for glibc, the list of what is in them (CycloneDX), checksums. 15 minutes from nothing on two cores.
        cmd release {}
        /// Only install what the commands need.
        cmd setup {}
    }
}
