//! Cost against size, as a picture.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use crate::{peer, table::median};

/// What something costs at several sizes. If a size has several figures, their median is shown.
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(u64, f64)>,
}

impl Curve {
    fn medians(&self) -> Vec<(f64, f64)> {
        let mut sizes: Vec<u64> = self.points.iter().map(|(size, _)| *size).collect();
        sizes.dedup();
        let at = |size: u64| {
            let figures: Vec<f64> =
                self.points.iter().filter(|(one, _)| *one == size).map(|(_, figure)| *figure).collect();
            (size as f64, median(&figures))
        };
        sizes.into_iter().map(at).collect()
    }
}

/// Writes the picture to `target/bench/<name>.svg`.
pub(crate) fn draw(name: &str, across: &str, up: &str, curves: &[Curve]) -> Result<()> {
    let file = peer::target().join("bench").join(format!("{name}.svg"));
    let drawn = (|| {
        let area = SVGBackend::new(&file, (720, 400)).into_drawing_area();
        area.fill(&WHITE)?;
        let all = || curves.iter().flat_map(Curve::medians);
        let (left, right) =
            all().fold((f64::MAX, 1.0), |(low, high): (f64, f64), (x, _)| (low.min(x), high.max(x)));
        let top = all().fold(0.0, |top: f64, (_, y)| top.max(y)) * 1.2;
        let mut chart = ChartBuilder::on(&area)
            .margin(16)
            .margin_right(48)
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d((left..right).log_scale(), 0.0..top)?;
        chart
            .configure_mesh()
            .x_desc(across)
            .y_desc(up)
            .light_line_style(TRANSPARENT)
            .x_label_formatter(&|size| format!("{size:.0}"))
            .draw()?;
        for (index, curve) in curves.iter().enumerate() {
            let colour = Palette99::pick(index).stroke_width(2);
            chart
                .draw_series(LineSeries::new(curve.medians(), colour).point_size(3))?
                .label(curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
        }
        chart.configure_series_labels().border_style(TRANSPARENT).draw()?;
        area.present()
    })();
    drawn.map_err(|error: DrawingAreaErrorKind<_>| anyhow!("the picture was not drawn: {error}"))?;
    println!("The curves are in {}.", file.display());
    Ok(())
}
