//! The words of the payload, as the kernel takes them.

use core::cell::Cell;
use core::ffi::c_char;
use core::ptr;
use std::ffi::CString;

use rustix::fd::RawFd;

use super::{Environment, Program, Way, last};

/// The pointers that `execve(2)` takes.
pub(super) struct Vectors {
    pub(super) argv: Vec<*const c_char>,
    pub(super) shell_argv: Vec<Cell<*const c_char>>,
    envp: Option<Vec<*const c_char>>,
    /// For the freestanding program that executes in our place; empty without it.
    pub(super) apart: Vec<*const c_char>,
    /// Its environment: what it does last, and that of the payload; the same as that where it does nothing of the kind.
    apart_envp: Option<Vec<*const c_char>>,
    _last: Option<CString>,
    _numbers: Option<[CString; 4]>,
}

impl Vectors {
    /// `report` is the number of the report pipe, 0 for none.
    pub(super) fn new(program: &Program, report: RawFd) -> Self {
        let image = &program.image;
        let pointers = |strings: &[CString]| -> Vec<*const c_char> {
            strings.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
        };
        let argv = pointers(&image.arguments);
        let mut shell_argv = vec![Cell::new(c"/bin/sh".as_ptr()), Cell::new(ptr::null())];
        shell_argv.extend(argv.iter().skip(1).map(|argument| Cell::new(*argument)));
        if shell_argv.len() == 2 {
            shell_argv.push(Cell::new(ptr::null()));
        }
        let mut apart = Vec::new();
        let (report, gate) = match image.way {
            Way::Gated(gate) => (0, gate.0),
            Way::Direct | Way::Checked | Way::Apart => (report, 0),
        };
        let last = if image.way == Way::Direct { None } else { last::word(&program.last) };
        let numbers = (image.way != Way::Direct).then(|| {
            let proc = image.context.as_ref().map_or(0, |context| context.proc);
            let numbers = [report, gate, i32::from(last.is_some()), proc];
            numbers.map(|number| CString::new(number.to_string()).expect("a number has no NUL"))
        });
        if let Some(numbers) = &numbers {
            apart.push(c"insula-exec".as_ptr());
            apart.extend(numbers.iter().map(|number| number.as_ptr()));
            apart.extend(
                image.context.iter().flat_map(|context| [context.file.as_ptr(), context.value.as_ptr()]),
            );
            // An empty word ends the list, and no file has it for a name.
            apart.extend(image.candidates.iter().filter(|path| !path.is_empty()).map(|path| path.as_ptr()));
            apart.push(c"".as_ptr());
            apart.extend(&argv);
        }
        let envp = match &image.environment {
            Environment::Inherit => None,
            Environment::Exactly(strings) => Some(pointers(strings)),
        };
        let apart_envp = last.as_ref().map(|word| {
            let mut strings = vec![word.as_ptr()];
            match &envp {
                Some(others) => strings.extend(others),
                None => strings.extend(inherited()),
            }
            strings
        });
        Self { argv, shell_argv, envp, apart, apart_envp, _last: last, _numbers: numbers }
    }

    pub(super) fn envp(&self) -> *const *const c_char {
        match &self.envp {
            Some(strings) => strings.as_ptr(),
            None => environment(),
        }
    }

    pub(super) fn apart_envp(&self) -> *const *const c_char {
        self.apart_envp.as_ref().map_or_else(|| self.envp(), Vec::as_ptr)
    }

    /// Whether the freestanding program does the last steps, should it be used.
    pub(super) const fn last_apart(&self) -> bool {
        self.apart_envp.is_some()
    }
}

/// The caller's own environment: null-terminated.
fn environment() -> *const *const c_char {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: libc's list; a caller that changes its environment in another thread meanwhile breaks the contract of
    // `std::env::set_var`.
    unsafe { environ }
}

/// The pointers of that, with the null one.
fn inherited() -> Vec<*const c_char> {
    let mut strings = Vec::new();
    let mut place = environment();
    if place.is_null() {
        return vec![ptr::null()];
    }
    loop {
        // SAFETY: the null pointer at the end has not been read yet.
        let string = unsafe { *place };
        strings.push(string);
        if string.is_null() {
            return strings;
        }
        place = place.wrapping_add(1);
    }
}
