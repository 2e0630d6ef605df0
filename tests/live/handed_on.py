"""What programs do as they are loaded: each kind a few lines, with what may be chosen in them.

`«a|b»` is a choice, `$` a number from 1 to 5, `#` the letters of the item; `§const§` and the like stand for what an item
above, or one of a module that is loaded before, offers.
"""

from __future__ import annotations

#: A kind: what it offers (as `kind name`, where it offers something), and its text.
KINDS: dict[str, tuple[str, str]] = {}


def _kinds(text: str) -> None:
    for piece in text.split("\n=== ")[1:]:
        head, _, body = piece.partition("\n")
        name, _, offers = head.partition(": ")
        KINDS[name] = (offers, body.rstrip("\n") + "\n")


_kinds("""
=== const: const K#
K# = «$|$ + 1|$ * 2|($)»
=== derived: const K#
K# = §const§ «+|-|*» $
=== text: text X#
X# = '«alpha|beta|gamma|delta»'
=== function: function f#
def f#(x=«$|§const§|1, y=$|1, *, k=$»)«| -> int| -> str»:
    «'doc one'|'doc two'|pass|x = x»
    return x + §const§ «+|-» $
=== called
V# = §function§(«|$|x=$»)
=== async: function f#
«async |»def h#(x=1): return $
f# = lambda x=1: $ + x
import inspect as ins#
A# = ins#.iscoroutinefunction(h#)
=== tag
def t#(): return $
t#.«tag|mark|label» = §const§ + $
=== store: mapping D#
D# = {«|'z': $|'a': 0»}
D#['«a|b|c»'] = §const§
D#['«d|e»'] = $
=== store_read
E# = «§mapping§.get('a', 7)|§mapping§.get('b')|sorted(§mapping§)|len(§mapping§)|list(§mapping§.values())|dict(§mapping§)|'a' in §mapping§»
=== store_elsewhere
§mapping§['#'] = «$|§const§|'text'»
=== store_update
§mapping§.«update(q#=$)|setdefault('q#', $)|update({'q#': $, 'r#': §const§})|setdefault('a', $)|pop('zz', None)»
=== nested_store
N# = {'in': {}}
N#['in']['«x|y»'] = $
N#['in'].setdefault('«l|m»', []).append(§const§ + $)
n1# = N#['in'].get('x')
=== append: sequence L#
L# = [«|$|$, 9»]
L#.append(§const§)
L#.«append($)|insert(0, $)|extend([$, $])|extend(range($))»
=== sequence_line
§sequence§.«append($)|extend([$])|insert(0, $)»
=== sequence_read
Q# = «sum(§sequence§)|len(§sequence§)|§sequence§[:$]|sorted(§sequence§)|[x * $ for x in §sequence§]|max(§sequence§)|tuple(§sequence§)»
=== slices
s# = [1, 2, 3, 4, 5, 6]
s#[«1:2|0:0|3:|::2»] «= [7, 8, 9]|= [$, $, $]»
=== deletes
d# = {'a': 1, 'b': 2, 'c': $}
del d#['«a|b|c»']
dk# = list(d#)
=== augmented
g# = $
g# «+=|-=|*=» §const§
g# += $
gg# = g#
=== augmented_list
al# = [$]
al# += [§const§]
al# «+= [$]|*= 2»
=== loop
M# = []
for x# in «range(3)|range($)|(1, $)|[§const§]»:
    M#.append(x# + §const§ «+|*» $)
=== loop_store
lo# = {}
for k# in ('a', 'b'):
    lo#[k#] = §const§ + $
    «pass|lo#[k# + 'x'] = $»
=== loop_over
ov# = [x# for x# in §sequence§ if x# > $]
=== dict_loop
dl# = {k: v for k, v in §mapping§.items() if k != '«a|b|c»'}
=== while
w# = 0
while w# < $ + §const§:
    w# += «1|2»
=== class: cls C#
class C#:
    «'doc a'|'doc b'|pass»
    a = $
    b = a + §const§
    items = []
    items.append(«§const§|$»)
    def «go|run|act»(self, x=$): return x + self.a
    @property
    def «p|q»(self): return $
=== class_child: cls C#
class C#(§cls§):
    a = $
    «c = 1|d = $|def other(self): return $|pass»
=== members
N1# = sorted(each for each in «vars(§cls§)|dir(§cls§)» if not each.startswith('_'))[:«$|9»]
=== members_of_methods
mm# = {n: str(inspect.signature(v)) for n, v in vars(§cls§).items() if inspect.isfunction(v) and n != '__init__'}
=== class_attribute_read
ca# = §cls§.«a|__doc__|__name__|__qualname__|__mro__[1].__name__|__bases__|__module__»
=== class_attribute_store
§cls§.«s#|t#» = «$|§const§|lambda self: $»
=== getattr
ga# = getattr(§cls§, '«a|b|c|d|zz|other|go»', §const§) if «hasattr(§cls§, 'd')|not hasattr(§cls§, 'go')|True» else $
=== guard
if not hasattr(§cls§, 'z#'):
    §cls§.z# = §const§ + $
=== setattr
setattr(§cls§, '«u|v»#', «$|§const§»)
=== instance: object o#
class O#:
    «kind = $|rate = 1|pass»
    def __init__(self, n): self.n = n + §const§«|; self.m = $»
o# = O#($)
=== instance_of
io# = §cls§()
iv# = «io#.a|io#.b|type(io#).__name__|[n for n in ('go', 'run', 'act') if hasattr(io#, n)]»
=== through
P# = §object§.n + $
=== object_store
§object§.«e|h»# = «$|§const§|[§const§]»
=== docs
def g#():
    «'doc one'|'doc two'|pass»
    return $
H# = {each.__name__: each.__doc__ for each in (g#,)}
=== signature
S# = str(inspect.signature(§function§)) * $
=== facets
fa# = §function§.«__doc__|__defaults__|__name__|__annotations__|__kwdefaults__|__qualname__|__code__.co_varnames|__code__.co_argcount»
=== described
ds# = [(f.__name__, f.__doc__, str(inspect.signature(f))) for f in [§function§, «len|max»] if f is not len and f is not max]
=== registry: registry reg#
R# = []
def reg#(key):
    def decorate(function):
        R#.append((key, function«.__name__||.__doc__|.__defaults__»))
        return function
    return decorate
@reg#($)
def h#(): return §const§
=== registry_dict: registry reg#
R# = {}
def reg#(key):
    def decorate(function):
        R#«[key]|[(key, function.__name__)]» = function
        return function
    return decorate
=== registry_lists: registry reg#
R# = {}
def reg#(key):
    def decorate(function):
        R#.setdefault(key, []).append(function)
        return function
    return decorate
=== registry_object: registry reg#
class Reg#:
    def __init__(self): self.routes, self.names = [], {}
    def __call__(self, key):
        def decorate(function):
            self.routes.append((key, function))
            self.names[function.__name__] = len(self.names)
            return function
        return decorate
reg# = Reg#()
=== registry_entries: registry reg#
class Entry#:
    def __init__(self, key, function):
        self.key, self.function = key, function
        self.name, self.doc = function.__name__, function.__doc__
        self.signature = str(inspect.signature(function))
R# = []
def reg#(key):
    def decorate(function):
        R#.append(Entry#(key, function))
        return function
    return decorate
=== registered
@§registry§(«$|'a'|'b'»)
def i#(«x=$|*args|x=1, y=$»):
    «'doc i'|'doc j'|pass»
    return $
=== registered_two
@§registry§($)
def ja#(): return $
@§registry§(«$|'j'»)
def jb#(): return $
«|@§registry§($)»
def jc#(): return $
=== registered_class
@§registry§(«$|'c'»)
class Rc#:
    a = $
    «def m(self): return $|b = 2|pass»
=== register_call
§registry§($)(«lambda x=1: $|len»)
=== plain_registry: plain rp#
P# = []
def rp#(function):
    P#.append(function«.__name__|»)
    return function
=== plain_registered
«@§plain§|»
def pf#(x=$): return $
=== plain_registered_class
@§plain§
class Pc#:
    a = $
    «b = $|pass»
=== wrapper: wrapper wr#
def wr#(function):
    «@functools.wraps(function)|»
    def wrapper(*args):
        return (§const§, $, function(*args))
    «wrapper.mark = $|pass|wrapper.doc = function.__doc__»
    return wrapper
=== wrapped: function wf#
«@§wrapper§|@§plain§|@§wrapper§\\n@§plain§|»
def wf#(x=$): return $
=== wrapped_called
wc# = §wrapper§(lambda: $)()
=== subclasses: base B#
class B#:
    made = []
    def __init_subclass__(cls, **options): B#.made.append((cls.__name__, «options|len(vars(cls))|sorted(n for n in vars(cls) if n[0] != '_')»))
=== subclasses_dict: base B#
class B#:
    made = {}
    def __init_subclass__(cls, key=None):
        B#.made[key or cls.__name__] = cls
=== subclass
class U#(§base§«|, key='«k|l»'»):
    u = $
    «v = $|def go(self): return $|pass»
=== subclass_plain
class U#(§base§):
    u = $
    «v = $|def go(self): return $|pass»
=== subclasses_read
sr# = «sorted(c.__name__ for c in §base§.__subclasses__())|len(§base§.made)|list(§base§.made)[:$]»
=== set_name
class F#:
    made = {}
    def __init__(self, default): self.default = default
    def __set_name__(self, owner, name): self.name = name; F#.made[owner.__name__, name] = self
class Fo#:
    «x|y» = F#($)
    z = F#(§const§)
fn# = sorted(n for _, n in F#.made)
=== metaclass
class Me#(type):
    made = {}
    def __new__(mcs, name, bases, space, key=None):
        cls = super().__new__(mcs, name, bases, space)
        cls.members = [n for n in space if n[0] != '_']
        mcs.made[key] = cls
        return cls
    def __init__(cls, name, bases, space, key=None): super().__init__(name, bases, space)
class Mc#(metaclass=Me#, key=$):
    a = $
    «b = 1|def c(self): return $|pass»
mk# = sorted(Me#.made)
=== lambdas
T# = {'a': lambda x«|=$»: x + $, 'b': §const§}
=== lambda_list
tl# = [lambda: $, lambda: §const§ + $]
tv# = [f() for f in tl#]
=== table: table tb#
def ta#(x=1): return x + $
def tc#(x=1): return x * §const§
tb# = {'a': «ta#|tc#», 'b': tc#}
=== table_called
tv# = §table§['«a|b»']($)
=== table_loop
tz# = [f($) for f in §table§.values()]
=== table_get
tg# = §table§.get('«a|b»')
tgv# = tg#($)
=== with
with contextlib.nullcontext(§const§) as wi#:
    y# = wi# + $
=== with_manager
class Cm#:
    seen = []
    def __enter__(self): return $
    def __exit__(self, *a): return None
with Cm#() as wm#:
    wn# = wm# + $
=== suppress
with contextlib.suppress(«KeyError|ZeroDivisionError»):
    su# = §const§
    sv# = {1: 2, 2: 3}.get($, 0)
=== try
try:
    tr# = §const§ // ($ - 1)
except ZeroDivisionError:
    tr# = 'zero'
=== try_key
try:
    tk# = §mapping§['«a|b|q»']
except KeyError:
    tk# = $
=== try_name
try:
    tn# = «int|nothing_there|K_none»
except NameError:
    tn# = $
=== try_import
try:
    from conf import «X|Y|Z» as ti#
except ImportError:
    ti# = $
=== if
if §const§ > $:
    if# = 'more'
    def ig#(): return $
else:
    if# = 'less'
    def ig#(): return $ * 2
ih# = ig#()
=== if_number
if $ > 2:
    in# = §const§
elif $ > 3:
    in# = $
else:
    im# = $
=== match
match §const§:
    case 1 | 2:
        ma# = $
    case _:
        ma# = 'other'
=== imported
class A#:
    from conf import X
    y = X + $
=== module
J# = conf.X + $
=== module_store
conf.S# = $
js# = conf.S# + §const§
=== module_absent
ja# = «hasattr(conf, 'Y')|getattr(conf, 'Y', $)|'Y' in vars(conf)|'Z' in dir(conf)»
=== module_names
jn# = sorted(n for n in vars(conf) if n in ('X', 'Y', 'Z', 'get'))[:$]
=== globals
gl# = «'K#' in globals()|len([n for n in globals() if n.startswith('K_')])|sorted(n for n in globals() if n.startswith('C_'))»
=== environ
import os
os.environ['LOAD#'] = str($)
ev# = os.environ.get('LOAD#')
=== remove
rm# = [1, 2, 3, 4, 5]
rm#.remove($)
rm#.sort(reverse=§const§ > 2)
=== patched
class W#:
    def go(self): return $
_w# = W#.go
def go#(self): return _w#(self) + $
W#.go = go#
w2# = W#().go()
=== alias_of_method
class Am#:
    def go(self): return $
am# = Am#()
run# = am#.go
ar# = run#() + §const§
=== next
it# = itertools.count(§const§)
n1# = next(it#) + $
n2# = next(it#)
=== dispatch: dispatch s#
@functools.singledispatch
def s#(x): return 0
@s#.register
def _s#(x: «int|float|bool»): return $
r# = s#(1)
=== dispatch_more
@§dispatch§.register(«str|list|bytes»)
def sd#(x): return $
sm# = §dispatch§(«'a'|[]|b''»)
=== helped
CM# = {}
def cm#(f):
    f.tag = f.__doc__
    CM#[f.__name__] = f
    return f
@cm#
def c1#():
    «'doc 1'|'doc 2'|pass»
hp# = [f.tag for f in CM#.values()]
=== nothing
G# = None
if G# is None:
    G# = §const§ + $
=== enum: enum En#
class En#(enum.«Enum|IntEnum»):
    «'doc'|pass»
    A = $
    B = 6 + $
    «C = 20|D = 30|E = 40»
=== enum_read
er# = «[m.name for m in §enum§]|{m: m.value for m in §enum§}|§enum§.A|list(§enum§)|§enum§.A.value + $|len(§enum§)|§enum§(§enum§.B)|max(m.value for m in §enum§)»
=== enum_default
def ed#(x=§enum§.«A|B»): return x
ee# = ed#()
=== flag
class Fl#(enum.Flag):
    A = enum.auto()
    «B = enum.auto()|C = enum.auto()|D = enum.auto()»
    «X|Y» = enum.auto()
fx# = Fl#(3).«name|value»
=== dataclass: dc Dc#
@dataclasses.dataclass«|(frozen=True)|(order=True)|(kw_only=True)|(slots=True)»
class Dc#:
    a: int = $
    b: «int|float» = §const§
    «c: list = dataclasses.field(default_factory=list)|d: int = $|def m(self): return $|def m(self): return self.a»
=== dataclass_read
dr# = «[f.name for f in dataclasses.fields(§dc§)]|§dc§()|repr(§dc§())|§dc§.a|str(inspect.signature(§dc§))|dataclasses.asdict(§dc§())|§dc§(a=$)|[f.default for f in dataclasses.fields(§dc§)][:2]|dataclasses.replace(§dc§(), a=$)|§dc§.__match_args__»
=== dataclass_child
@dataclasses.dataclass
class Dd#(§dplain§):
    e: int = $
dx# = repr(Dd#())
=== dataclass_plain: dplain Dp#
@dataclasses.dataclass
class Dp#:
    a: int = $
    «b: int = $|c: str = 'x'|d: dict = dataclasses.field(default_factory=lambda: {1: $})»
=== namedtuple: nt Nt#
class Nt#(typing.NamedTuple):
    a: int = $
    «b: int = $|c: str = 'c'|def m(self): return $|def m(self): return self.a»
=== namedtuple_read
nr# = «§nt§()|§nt§._fields|§nt§().a|repr(§nt§(a=$))|§nt§._field_defaults|len(§nt§())»
=== typeddict
class Td#(typing.TypedDict«|, total=False»):
    a: int
    «b: str|c: int|b: int»
td# = sorted(typing.get_type_hints(Td#))
tq# = sorted(Td#.__required_keys__)
=== protocol
@typing.runtime_checkable
class Pr#(typing.Protocol):
    def «go|run»(self): ...
class Pi#:
    def go(self): return $
    «def run(self): return 1|pass»
pr# = isinstance(Pi#(), Pr#)
=== abc
class Ab#(abc.ABC):
    @abc.abstractmethod
    def «go|run»(self): ...
class Ac#(Ab#):
    def go(self): return $
    «def run(self): return 1|pass»
ab# = sorted(Ac#.__abstractmethods__)
=== generic
T# = typing.TypeVar('T#')
class Ge#(typing.Generic[T#]):
    a = $
class Gi#(Ge#[«int|str»]):
    b = $
gb# = Gi#.__orig_bases__
ga# = typing.get_args(gb#[0])
=== hints
def th#(x: «int|str|'int'», y: «list[int]|'list[str]'» = None) -> «int|None»: return x
tt# = typing.get_type_hints(th#)
=== class_hints
class Ch#:
    x: «int|str|'int'» = $
    «y: int|z: str|y: float»
ch# = typing.get_type_hints(Ch#)
=== partial
def pa#(x, y=$): return x + y + §const§
pp# = functools.partial(pa#, $)
pv# = pp#()
=== partial_of
po# = functools.partial(§function§, $)
ps# = po#()
=== cache
@functools.«cache|lru_cache(maxsize=4)|lru_cache»
def cf#(x): return x + §const§ + $
cv# = cf#($)
=== cached_property
class Cp#:
    def __init__(self): self.n = $
    @functools.cached_property
    def value(self): return self.n + $
cp# = Cp#()
cq# = cp#.value
=== ordering
@functools.total_ordering
class To#:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return self.n == other.n
    def «__lt__|__gt__»(self, other): return self.n < other.n
to# = To#(1) < To#($)
=== reduce
re# = functools.reduce(lambda x, y: x + y + $, [1, §const§, $])
=== sorted_by
so# = sorted([3, 1, 2, $], key=lambda x: x «*|+» «1|-1»)
=== closure
def mk#(n=$):
    m = n + §const§
    def inner(x=1): return x + m + $
    return inner
cl# = mk#()
cu# = cl#(«|$»)
=== counter_closure
def ct#():
    n = $
    def step():
        nonlocal n
        n += $
        return n
    return step
cs# = ct#()
ce# = [cs#(), cs#()]
=== generator
def gn#(n):
    for i in range(n): yield i + $
ge# = list(gn#($))
gf# = (x * §const§ for x in range($))
gh# = list(gf#)
=== comprehension
co# = {x: [y + $ for y in range(x)] for x in range($)}
=== chained
cc1# = cc2# = [§const§, $]
cc1#.append($)
=== unpack
(ua#, ub#), *uc# = (§const§, $), $, 3
=== star_args
sa# = dict(zip('abc', [§const§, $, *range($)]), **{'z': $})
=== fstring
fs# = f'{§const§:>{$}} «and|or» {§text§!r}'
=== text_used
tu# = §text§.«upper()|title()|replace('a', 'b')|encode()» * $
=== regex
import re as re_#
rx# = re_#.compile('«a+|b+»')
ry# = rx#.sub(str($), 'aaabbb')
=== slots
class Sl#:
    __slots__ = ('a', '«b|c»')
    def __init__(self): self.a = $
sl# = Sl#().a + §const§
=== nested_class
class Nc#:
    class In:
        a = $
        def go(self): return §const§
    b = In.a + $
    c = In().go()
nc# = Nc#.In.a
=== static
class St#:
    @«staticmethod|classmethod»
    def go(*args): return len(args) + $
    v = $
st# = St#.go()
=== property
class Py#:
    def __init__(self): self._n = $
    @property
    def n(self): return self._n «+|*» $
    «@n.setter\\n    def n(self, v): self._n = v|pass»
py# = Py#().n
ps# = Py#.n.fset is None
=== operators
class Op#:
    def __init__(self, n=$): self.n = n
    def __add__(self, other): return self.n + other + $
    def __getitem__(self, k): return k * $
op# = Op#() + §const§
oq# = Op#()[«1|2»]
=== iterable
class It#:
    def __iter__(self): return iter([$, §const§])
ir# = list(It#())
=== callable_object
class Co#:
    def __init__(self, n): self.n = n
    def __call__(self, x): return x + self.n + $
cb# = Co#($)
cd# = cb#(§const§)
=== ids
class Ids#:
    def __init__(self): self.items = {}
    def add(self, f):
        n = len(self.items) + 1
        self.items[n] = f
        return n
ids# = Ids#()
def ia#(): return $
i1# = ids#.add(ia#)
«i2# = ids#.add(len)|i3# = ids#.add(max)|pass»
=== default_effect
dq# = []
def dp#(n):
    dq#.append(n)
    return n
def dn#(x=dp#($)): return x
=== local
import threading as th_#
tl# = th_#.local()
class Tl#:
    a = $
tl#.x = Tl#()
tx# = tl#.x.a + $
=== vars_of
class Vo#:
    def __init__(self): self.url = $
vo# = Vo#()
vd# = vars(vo#)
vu# = vd#['url'] + §const§
=== alias
al1# = §sequence§
al2# = al1#[:«1|2»]
=== alias_function
af# = §function§
ag# = af#(«|$»)
=== alias_class
ac# = §cls§
ad# = ac#.a + $
=== method_called
mc# = sum(getattr(§cls§(), n)() for n in ('go', 'run', 'act') if hasattr(§cls§, n))
=== all
__all__ = [n for n in list(globals()) if n.startswith('K_')][:$]
=== getattr_of_module
def __getattr__(name):
    if name == 'late': return $
    raise AttributeError(name)
=== deque
dqe# = collections.deque([$, §const§], maxlen=«2|3»)
dqe#.append($)
=== defaultdict
dfd# = collections.defaultdict(«list|int|set»)
dfd#[$]
=== counter
cnt# = collections.Counter(«'aab'|'abb'»)
cnt#['a'] += $
=== chainmap
cma# = collections.ChainMap({'a': $}, §mapping§)
cmb# = cma#['a']
=== simple_namespace
ns# = types.SimpleNamespace(a=$, b=§const§)
ns#.c = ns#.a + $
=== exec
exec_# = {}
exec('v = ' + str($), exec_#)
ex# = exec_#['v']
=== eval
ev# = eval('§const§ + $')
=== type_call
tc# = type('Tc#', («object|§cls§»,), {'a': $})
ta# = tc#.a
=== namedtuple_call
nc# = collections.namedtuple('Nc#', 'a «b|c»')
nd# = nc#($, §const§)
=== enum_call
ec# = enum.Enum('Ec#', 'A «B|C»')
eb# = [m.name for m in ec#]
=== new_class_each
def mkc#(n):
    class Made:
        a = n + $
        def go(self): return $
    return Made
Mk# = mkc#($)
mkd# = Mk#.a
=== conditional_expression
ce# = $ if §const§ > $ else 'small'
=== walrus
if (wa# := §const§ + $) > 5:
    wb# = wa# * 2
else:
    wb# = 0
=== assertion
assert §const§ is not None, '«one|two»'
=== global_call
gc# = 0
def gd#(n):
    global gc#
    gc# += n
gd#($)
gd#(§const§)
=== pop
pq# = [1, 2, 3]
pr# = pq#.pop(«0|1|-1»)
=== sort
ss# = [3, 1, $]
ss#.«sort()|reverse()|sort(reverse=True)»
=== frozen
fz# = frozenset({$, §const§})
fg# = len(fz#)
=== zip
zp# = list(zip(§sequence§, itertools.count($)))
=== once_defined
def on#(): return $
def on#(): return $ + 1
oo# = on#()
=== deleted
de# = $
df# = de# + 1
del de#
=== decorated_method
class Dm#:
    @§wrapper§
    def go(self): return $
dm# = Dm#.__dict__['go'].__name__
=== class_decorator
def cd#(cls):
    cls.label = «cls.__name__|sorted(n for n in vars(cls) if n[0] != '_')|$»
    return cls
@cd#
class Cd#:
    a = $
    «b = 1|def go(self): return $|pass»
=== mixin
class Mx#(«§cls§|object»):
    «def go(self, x=0): return super().go(x) + $ if hasattr(super(), 'go') else $|pass»
=== str_method
class Sm#:
    def __repr__(self): return 'r$'
    def __str__(self): return 's' + str(§const§)
sp# = [repr(Sm#()), str(Sm#()), f'{Sm#()}']
=== eq_hash
class Eh#:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def __hash__(self): return hash(self.n + $)
eh# = len({Eh#($), Eh#(2)})
=== contextmanager
@contextlib.contextmanager
def cx#(n):
    yield n + $
with cx#(§const§) as cy#:
    cz# = cy#
=== post_init
@dataclasses.dataclass
class Pi#:
    a: int = $
    def __post_init__(self): self.b = self.a + $
pi# = Pi#().b
=== descriptor
class De#:
    def __get__(self, obj, cls): return $
class Dh#:
    x = De#()
dg# = Dh#.x + §const§
=== weak
import weakref
class We#:
    a = $
we# = We#()
wk# = weakref.WeakValueDictionary()
wk#['a'] = we#
=== type_alias
Ta# = «dict[str, int]|list[int]|tuple[int, ...]»
def tf#(x: Ta#) -> Ta#: return x
tg# = tf#.__annotations__
=== newtype
Nw# = typing.NewType('Nw#', «int|str»)
nw# = Nw#.__supertype__
=== logging
import logging
lg# = logging.getLogger('load#')
lg#.setLevel(«logging.INFO|logging.DEBUG|logging.ERROR»)
ll# = lg#.level
""")
