"""Names of libraries that come with a language, and so are no dependency to plan for."""

from __future__ import annotations

from toolkit.languages import words

C_HEADERS = words(
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal"
    " stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath"
    " threads time uchar wchar wctype unistd fcntl pthread dlfcn dirent sched semaphore"
    " termios strings poll"
)
C_FOLDERS = words("sys linux netinet arpa net asm bits mach experimental")
CPP_HEADERS = words(
    "algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv"
    " chrono"
    " cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine"
    " csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype"
    " deque"
    " exception execution expected filesystem format forward_list fstream functional future"
    " initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map"
    " memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio"
    " regex scoped_allocator semaphore set shared_mutex source_location span sstream stack"
    " stdexcept"
    " stop_token streambuf string string_view syncstream system_error thread tuple type_traits"
    " typeindex typeinfo unordered_map unordered_set utility valarray variant vector version"
)
NODE_MODULES = words(
    "assert async_hooks buffer child_process cluster console constants crypto dgram dns"
    " domain events fs http http2 https inspector module net os path perf_hooks process"
    " punycode querystring readline repl stream string_decoder timers tls tty url util v8 vm"
    " worker_threads zlib"
)
# Python's library of the 2-era.
PYTHON_2 = words(
    "__builtin__ anydbm BaseHTTPServer CGIHTTPServer commands compiler ConfigParser Cookie"
    " cookielib copy_reg cPickle cStringIO dbhash dircache dumbdbm dummy_thread exceptions"
    " fpformat future_builtins gdbm hotshot htmlentitydefs htmllib HTMLParser httplib ihooks"
    " imputil md5 mhlib mimetools MimeWriter mimify multifile mutex new popen2 posixfile Queue"
    " repr rexec rfc822 robotparser sets sgmllib sha SimpleHTTPServer SimpleXMLRPCServer"
    " SocketServer statvfs StringIO thread Tkinter toaiff tkMessageBox urllib2 urlparse user"
    " UserDict UserList UserString whichdb xmlrpclib"
)
