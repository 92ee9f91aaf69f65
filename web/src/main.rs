//! The program that trunk builds; everything is in the library.

fn main() {
    web::start();
}
