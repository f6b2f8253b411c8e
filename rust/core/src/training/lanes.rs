//! Dual coordinate descent in two lanes, which two threads may walk side by side.
//!
//! Jaggi et al., "Communication-efficient distributed dual coordinate ascent", NIPS 2014; Ma et al., "Adding vs.
//! averaging in distributed primal-dual optimization", ICML 2015. Each lane has some of the rows and a copy of the
//! weights, in which its own moves count `push` times: a move is thus no longer than it may be if the other lane moves the
//! same way. Then both lanes' moves are added up. With two lanes and a push of 2 no such step can lead up, and since the
//! rows of both are alike, the other lane does move the same way: as many passes are needed as by one lane.
//!
//! The lanes do the same on one thread as on two, so the bits don't depend on the threads.

use std::ops::Range;

use super::Example;
use super::dual::{Dual, PassFigures, signed};
use super::ranked::RankedExamples;
use crate::error::{Error, Result};
use crate::numeric::Float;
use crate::numeric::neuron::logistic_loss;
use crate::numeric::sigmoid::sigmoid_f64;

/// Below so many rows there is one lane, which is plain dual coordinate descent.
const TWO_LANES_FROM: usize = 4096;

/// A neuron on its way to the minimum, with the rows that it learns.
#[derive(Debug)]
pub struct DualTraining<T> {
    rows: RankedExamples<T>,
    method: Dual,
    coordinates: Vec<f64>,
    here: Position,
}

/// The weights by rank, and the bias as [`Dual`] has it.
#[derive(Debug, Clone)]
struct Position {
    weights: Vec<f64>,
    multiplier: f64,
    balance: f64,
}

/// The mean loss without its penalty, and where it is steepest with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Slopes {
    /// The weighted mean of the loss.
    pub loss: f64,
    /// The largest part of the gradient by the weights, the L2 penalty included.
    pub weights: f64,
    /// The gradient by the bias.
    pub bias: f64,
    /// The sum over the rows of the squared gradient of the row's loss, one a column, the bias's last.
    pub squares: Vec<f64>,
}

impl<T: Float> DualTraining<T> {
    /// Starts from zeros; the bias's stiffness is that share of the mean squared length of a row, 0 for no bias.
    #[must_use]
    pub fn new(rows: RankedExamples<T>, c: f64, stiffness: f64) -> Self {
        let rho = stiffness * rows.mean_squared_length().max(1e-12);
        let here = Position { weights: vec![0.0; rows.ranks()], multiplier: 0.0, balance: 0.0 };
        Self { coordinates: vec![0.0; rows.rows()], rows, method: Dual { c, rho }, here }
    }

    /// The weights by column, and the bias.
    #[must_use]
    pub fn solution(&self) -> (Vec<f64>, f64) {
        (self.rows.by_column(&self.here.weights), self.here.multiplier)
    }

    /// One pass over the rows in the order, each at most once; the lanes' moves are added up after each of so many
    /// steps. Targets must be 0 or 1.
    pub fn pass(&mut self, order: &[usize], steps: usize, push: f64) -> Result<PassFigures> {
        self.check_order(order)?;
        let mut figures = PassFigures::default();
        for rows in order.chunks(order.len().div_ceil(steps.max(1))) {
            let lanes = if self.rows.rows() < TWO_LANES_FROM {
                vec![self.lane(rows, 1.0)]
            } else {
                let (first, second) = rows.split_at(rows.len().div_ceil(2));
                let (one, other) = rayon::join(|| self.lane(first, push), || self.lane(second, push));
                vec![one, other]
            };
            let moved = lanes.iter().flat_map(|lane| &lane.coordinates);
            for (row, coordinate) in rows.iter().zip(moved) {
                self.coordinates[*row] = *coordinate;
            }
            for lane in &lanes {
                figures.loss += lane.figures.loss;
                figures.gap += lane.figures.gap;
                figures.residual += lane.figures.residual;
            }
            self.here = joined(&self.here, lanes, push);
        }
        self.here.multiplier = self.method.bias(self.here.multiplier, self.here.balance);
        Ok(figures)
    }

    /// The loss at the weights so far, and how steep it is there.
    #[must_use]
    pub fn slopes(&self) -> Slopes {
        let middle = self.rows.rows() / 2;
        let (mut here, there) =
            rayon::join(|| self.slopes_of(0..middle), || self.slopes_of(middle..self.rows.rows()));
        for (sum, other) in here.columns.iter_mut().zip(&there.columns) {
            *sum = [sum[0] + other[0], sum[1] + other[1]];
        }
        let (weight, bias) =
            (here.weight + there.weight, [here.bias[0] + there.bias[0], here.bias[1] + there.bias[1]]);
        // The objective is C times the sum of the losses plus half the squared weights.
        let l2 = 1.0 / (self.method.c * weight);
        let slopes =
            here.columns.iter().zip(&self.here.weights).map(|(sums, w)| (sums[0] / weight + l2 * w).abs());
        let squares: Vec<f64> = here.columns.iter().map(|sums| sums[1]).collect();
        let mut squares = self.rows.by_column(&squares);
        squares.push(bias[1]);
        Slopes {
            loss: (here.loss + there.loss) / weight,
            weights: slopes.fold(0.0, f64::max),
            bias: bias[0] / weight,
            squares,
        }
    }

    fn slopes_of(&self, rows: Range<usize>) -> Sums {
        let mut sums =
            Sums { columns: vec![[0.0; 2]; self.rows.ranks()], bias: [0.0; 2], loss: 0.0, weight: 0.0 };
        for row in rows {
            let example = self.rows.get(row);
            let logit = product(&example, &self.here.weights) + self.here.multiplier;
            let slope = example.weight * (sigmoid_f64(logit) - example.target);
            sums.loss += example.weight * logistic_loss(logit, example.target);
            sums.weight += example.weight;
            sums.bias = [sums.bias[0] + slope, sums.bias[1] + slope * slope];
            for (rank, value) in example.entries() {
                let part = slope * value;
                let column = &mut sums.columns[rank];
                *column = [column[0] + part, column[1] + part * part];
            }
        }
        sums
    }

    /// Walks the rows from where the weights stand, each move counting `push` times.
    fn lane(&self, rows: &[usize], push: f64) -> Lane {
        let mut lane = Lane {
            weights: self.here.weights.clone(),
            balance: self.here.balance,
            coordinates: Vec::with_capacity(rows.len()),
            figures: PassFigures::default(),
        };
        for &row in rows {
            let example = self.rows.get(row);
            let bias = self.method.bias(self.here.multiplier, lane.balance);
            let sum = bias + product(&example, &lane.weights);
            let (before, curvature) =
                (self.coordinates[row], push * (self.method.rho + self.rows.squared_length(row)));
            let after = self.method.move_coordinate(&example, sum, curvature, before, &mut lane.figures);
            let change = push * signed(example.target) * (after - before);
            for (rank, value) in example.entries() {
                lane.weights[rank] += change * value;
            }
            lane.balance += change;
            lane.coordinates.push(after);
        }
        lane
    }

    fn check_order(&self, order: &[usize]) -> Result<()> {
        self.rows.check_order(order)?;
        let mut met = vec![false; self.rows.rows()];
        match order.iter().find(|row| std::mem::replace(&mut met[**row], true)) {
            None => Ok(()),
            Some(row) => {
                Err(Error::Value(format!("expected each row at most once in the order, got {row} again")))
            }
        }
    }
}

/// Where a lane came to, and the new coordinates of its rows.
struct Lane {
    weights: Vec<f64>,
    balance: f64,
    coordinates: Vec<f64>,
    figures: PassFigures,
}

/// Sums over rows: the gradient and its square for each rank and for the bias, the loss, the weight.
struct Sums {
    columns: Vec<[f64; 2]>,
    bias: [f64; 2],
    loss: f64,
    weight: f64,
}

/// The start and what each lane has moved, which its copy of the weights shows `push` times.
fn joined(start: &Position, mut lanes: Vec<Lane>, push: f64) -> Position {
    let multiplier = start.multiplier;
    if lanes.len() == 1 {
        let lane = lanes.remove(0);
        return Position { weights: lane.weights, multiplier, balance: lane.balance };
    }
    let share = 1.0 / push;
    let moved = |start: f64, one: f64, other: f64| start + share * ((one - start) + (other - start));
    let [one, other] = [&lanes[0], &lanes[1]];
    let pairs = one.weights.iter().zip(&other.weights);
    let weights =
        start.weights.iter().zip(pairs).map(|(start, (one, other))| moved(*start, *one, *other)).collect();
    Position { weights, multiplier, balance: moved(start.balance, one.balance, other.balance) }
}

/// x · weights, in eight sums that need not wait for one another.
fn product<T: Float>(example: &Example<'_, T>, weights: &[f64]) -> f64 {
    const CHAINS: usize = 8;
    let mut sums = [0.0; CHAINS];
    let (columns, last_columns) = example.columns.as_chunks::<CHAINS>();
    let (values, last_values) = example.values.as_chunks::<CHAINS>();
    for (columns, values) in columns.iter().zip(values) {
        for chain in 0..CHAINS {
            sums[chain] += values[chain].to_f64() * weights[columns[chain] as usize];
        }
    }
    for ((sum, column), value) in sums.iter_mut().zip(last_columns).zip(last_values) {
        *sum += value.to_f64() * weights[*column as usize];
    }
    sums.iter().sum()
}
