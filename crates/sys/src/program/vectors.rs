//! The words of the payload, as the kernel takes them.

use core::cell::Cell;
use core::ffi::c_char;
use core::ptr;
use std::ffi::CString;

use rustix::fd::RawFd;

use super::{Environment, Program, Way};

/// The pointers that `execve(2)` takes.
pub(super) struct Vectors {
    pub(super) argv: Vec<*const c_char>,
    pub(super) shell_argv: Vec<Cell<*const c_char>>,
    envp: Option<Vec<*const c_char>>,
    /// For the freestanding program that executes in our place; empty without it.
    pub(super) apart: Vec<*const c_char>,
    _numbers: Option<[CString; 3]>,
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
        let numbers = (image.way != Way::Direct).then(|| {
            let proc = image.context.as_ref().map_or(0, |context| context.proc);
            [report, gate, proc].map(|number| CString::new(number.to_string()).expect("a number has no NUL"))
        });
        if let Some([report, gate, proc]) = &numbers {
            apart.extend([c"insula-exec".as_ptr(), report.as_ptr(), gate.as_ptr(), proc.as_ptr()]);
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
        Self { argv, shell_argv, envp, apart, _numbers: numbers }
    }

    pub(super) fn envp(&self) -> *const *const c_char {
        unsafe extern "C" {
            static environ: *const *const c_char;
        }
        match &self.envp {
            Some(strings) => strings.as_ptr(),
            // SAFETY: libc's list, which is null-terminated; a caller that changes its environment in another
            // thread meanwhile breaks the contract of `std::env::set_var`.
            None => unsafe { environ },
        }
    }
}
