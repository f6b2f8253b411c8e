//! Reading a feature matrix: a dense array of one or two dimensions, or anything CSR-like.

use numpy::{PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
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
    let values = arrays::contiguous::<T>(array, "X")?.try_readonly()?;
    visitor.visit(&DenseView::new(values.as_slice()?, rows, columns).map_err(raise)?)
}

impl Sparse<'_> {
    fn accept<T: Number, V: RowsVisitor<T>>(&self, visitor: V) -> PyResult<V::Output> {
        let index_pointer = Integers::read(&self.index_pointer, "indptr")?;
        let expected = self.rows.saturating_add(1);
        if self.index_pointer.len() != expected {
            return Err(invalid_value(format!(
                "expected {expected} entries in indptr, one more than X has rows, got {}",
                self.index_pointer.len()
            )));
        }
        let indices = Integers::read(&self.indices, "indices")?;
        let data = self.data.as_ref().map(|data| arrays::contiguous::<T>(data, "data of X")).transpose()?;
        if let Some(data) = &data {
            arrays::expect_dimensions(data.shape(), 1, "data of X")?;
        }
        let lent = data.as_ref().map(PyArrayMethods::try_readonly).transpose()?;
        let values = lent.as_ref().map(|data| data.as_slice()).transpose()?;
        match index_pointer {
            Integers::Narrow(pointer) => {
                self.with_pointer(pointer.try_readonly()?.as_slice()?, &indices, values, visitor)
            }
            Integers::Wide(pointer) => {
                self.with_pointer(pointer.try_readonly()?.as_slice()?, &indices, values, visitor)
            }
        }
    }

    fn with_pointer<T: Number, P: Index, V: RowsVisitor<T>>(
        &self,
        pointer: &[P],
        indices: &Integers<'_>,
        values: Option<&[T]>,
        visitor: V,
    ) -> PyResult<V::Output> {
        match indices {
            Integers::Narrow(indices) => {
                let indices = indices.try_readonly()?;
                let parts = CsrParts::new(pointer, indices.as_slice()?, values, self.columns);
                visitor.visit_parts(parts.map_err(raise)?)
            }
            Integers::Wide(indices) => {
                let indices = indices.try_readonly()?;
                let parts = CsrParts::new(pointer, indices.as_slice()?, values, self.columns);
                visitor.visit_parts(parts.map_err(raise)?)
            }
        }
    }
}

/// An array of one of the two integer types, in C order.
enum Integers<'py> {
    Narrow(Bound<'py, PyArrayDyn<i32>>),
    Wide(Bound<'py, PyArrayDyn<i64>>),
}

impl<'py> Integers<'py> {
    fn read(array: &Bound<'py, PyUntypedArray>, name: &str) -> PyResult<Self> {
        let (narrow, wide) = (array.cast::<PyArrayDyn<i32>>(), array.cast::<PyArrayDyn<i64>>());
        if narrow.is_err() && wide.is_err() {
            let dtype = array.dtype();
            return Err(invalid_type(format!("expected {name} of X of int32 or int64, got {dtype}")));
        }
        arrays::expect_dimensions(array.shape(), 1, "indptr and indices of X")?;
        match narrow {
            Ok(narrow) => arrays::in_c_order(narrow).map(Self::Narrow),
            Err(_) => arrays::in_c_order(wide?).map(Self::Wide),
        }
    }
}
