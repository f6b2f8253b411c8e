//! Reading a feature matrix: a dense array of one or two dimensions, or anything CSR-like.

use numpy::{Element, PyArrayDyn, PyReadonlyArrayDyn, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use sigmail_core::numeric::{CsrParts, DenseView, ForwardRows, Index};

use super::arrays::{self, ElementType, Number};
use crate::errors::{invalid_type, invalid_value, raise};

/// What to do with a matrix, whatever its layout.
pub trait RowsVisitor<T: Number> {
    /// What comes out.
    type Output;

    /// Does it.
    fn visit(self, rows: &impl ForwardRows<T>) -> PyResult<Self::Output>;

    /// Does it on a sparse matrix whose column indices are still to be checked.
    fn visit_parts<I: Index>(self, parts: CsrParts<'_, T, I>) -> PyResult<Self::Output>
    where
        Self: Sized,
    {
        self.visit(&parts.with_own_indices().check().map_err(raise)?)
    }
}

/// A feature matrix as it came from Python.
pub enum Matrix<'py> {
    /// An array of one or two dimensions.
    Dense(Bound<'py, PyUntypedArray>),
    /// An object with `indptr`, `indices`, `data` and `shape`.
    Sparse(Sparse<'py>),
}

/// The parts of a CSR matrix; without `data` each stored entry is 1.
pub struct Sparse<'py> {
    index_pointer: Bound<'py, PyUntypedArray>,
    indices: Bound<'py, PyUntypedArray>,
    data: Option<Bound<'py, PyUntypedArray>>,
    rows: usize,
    columns: usize,
}

impl<'py> Matrix<'py> {
    /// Looks at the object's attributes: `indptr` makes it sparse.
    pub fn read(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        if object.is_instance_of::<PyUntypedArray>() || !object.hasattr(intern!(py, "indptr"))? {
            return Ok(Self::Dense(arrays::as_array(object, "X")?));
        }
        if let Ok(format) = object.getattr(intern!(py, "format"))
            && format.extract::<&str>().is_ok_and(|format| format != "csr")
        {
            return Err(invalid_type(format!(
                "expected X in CSR format, got {format}: convert it by X.tocsr()"
            )));
        }
        let part = |name| -> PyResult<Bound<'py, PyUntypedArray>> {
            let part = object.getattr(name)?;
            part.cast_into::<PyUntypedArray>()
                .map_err(|failure| invalid_type(format!("expected an array for {name} of X: {failure}")))
        };
        let data = object.getattr(intern!(py, "data")).ok().filter(|data| !data.is_none());
        let (rows, columns) = object.getattr(intern!(py, "shape"))?.extract().map_err(|_| {
            invalid_value("expected a CSR matrix X with a shape of two whole numbers".to_owned())
        })?;
        Ok(Self::Sparse(Sparse {
            index_pointer: part("indptr")?,
            indices: part("indices")?,
            data: data.map(|_| part("data")).transpose()?,
            rows,
            columns,
        }))
    }

    /// The element type, or none for a sparse matrix without values.
    pub fn element_type(&self) -> PyResult<Option<ElementType>> {
        match self {
            Self::Dense(array) => arrays::element_type(array, "X").map(Some),
            Self::Sparse(parts) => {
                parts.data.as_ref().map(|data| arrays::element_type(data, "X")).transpose()
            }
        }
    }

    /// The number of rows; none for a single row of one dimension.
    pub fn rows(&self) -> Option<usize> {
        match self {
            Self::Dense(array) if array.ndim() == 1 => None,
            Self::Dense(array) => array.shape().first().copied(),
            Self::Sparse(parts) => Some(parts.rows),
        }
    }

    /// Checks the matrix and hands it to the visitor.
    pub fn accept<T: Number, V: RowsVisitor<T>>(&self, visitor: V) -> PyResult<V::Output> {
        match self {
            Self::Dense(array) => accept_dense(array, visitor),
            Self::Sparse(parts) => parts.accept(visitor),
        }
    }
}

fn accept_dense<T: Number, V: RowsVisitor<T>>(
    array: &Bound<'_, PyUntypedArray>,
    visitor: V,
) -> PyResult<V::Output> {
    let (rows, columns) = match *array.shape() {
        [columns] => (1, columns),
        [rows, columns] => (rows, columns),
        ref shape => {
            return Err(invalid_value(format!("expected X with 1 or 2 dimensions, got shape {shape:?}")));
        }
    };
    let values = arrays::contiguous::<T>(array, "X")?;
    visitor.visit(&DenseView::new(values.as_slice()?, rows, columns).map_err(raise)?)
}

impl Sparse<'_> {
    fn accept<T: Number, V: RowsVisitor<T>>(&self, visitor: V) -> PyResult<V::Output> {
        match (integers::<i32>(&self.index_pointer)?, integers::<i64>(&self.index_pointer)?) {
            (Some(index_pointer), _) => self.with_pointer(index_pointer.as_slice()?, visitor),
            (_, Some(index_pointer)) => self.with_pointer(index_pointer.as_slice()?, visitor),
            _ => Err(wrong_integers("indptr", &self.index_pointer)),
        }
    }

    fn with_pointer<T: Number, P: Index, V: RowsVisitor<T>>(
        &self,
        index_pointer: &[P],
        visitor: V,
    ) -> PyResult<V::Output> {
        if index_pointer.len() != self.rows.saturating_add(1) {
            return Err(invalid_value(format!(
                "expected {} entries in indptr, one more than X has rows, got {}",
                self.rows.saturating_add(1),
                index_pointer.len()
            )));
        }
        match (integers::<i32>(&self.indices)?, integers::<i64>(&self.indices)?) {
            (Some(indices), _) => self.with_indices(index_pointer, indices.as_slice()?, visitor),
            (_, Some(indices)) => self.with_indices(index_pointer, indices.as_slice()?, visitor),
            _ => Err(wrong_integers("indices", &self.indices)),
        }
    }

    fn with_indices<T: Number, P: Index, I: Index, V: RowsVisitor<T>>(
        &self,
        index_pointer: &[P],
        indices: &[I],
        visitor: V,
    ) -> PyResult<V::Output> {
        let data = self.data.as_ref().map(|data| arrays::contiguous::<T>(data, "data of X")).transpose()?;
        if let Some(data) = &data {
            arrays::expect_dimensions(data.shape(), 1, "data of X")?;
        }
        let values = data.as_ref().map(|data| data.as_slice()).transpose()?;
        visitor.visit_parts(CsrParts::new(index_pointer, indices, values, self.columns).map_err(raise)?)
    }
}

/// The array as integers of that type, or none if it holds others.
fn integers<'py, I: Index + Element>(
    array: &Bound<'py, PyUntypedArray>,
) -> PyResult<Option<PyReadonlyArrayDyn<'py, I>>> {
    match array.cast::<PyArrayDyn<I>>() {
        Ok(typed) => {
            arrays::expect_dimensions(array.shape(), 1, "indptr and indices of X")?;
            arrays::in_c_order(typed).map(Some)
        }
        Err(_) => Ok(None),
    }
}

fn wrong_integers(name: &str, array: &Bound<'_, PyUntypedArray>) -> PyErr {
    invalid_type(format!("expected {name} of X of int32 or int64, got {}", array.dtype()))
}
