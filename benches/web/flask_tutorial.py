"""Flask's own tutorial, "Flaskr": from the application's setup to the blog, by the steps of its pages."""

from __future__ import annotations

import sys
from pathlib import Path

from web.flask_edits import asking

COMMAND = ["--", "flask", "--app", "flaskr", "run", "--debug", "--port", "{port}"]
ENVIRONMENT: dict[str, str] = {}
KINDS = {".py", ".html", ".css", ".sql"}
#: What of libraries a fresh process finds imported.
LIBRARIES = ["click", "flask.cli", "flask.testing", "sqlite3"]
PREPARES: list[list[str]] = []

F = "flaskr/__init__.py"
FILES = {
    "pyproject.toml": "",
    F: """import os

from flask import Flask


def create_app(test_config=None):
    # create and configure the app
    app = Flask(__name__, instance_relative_config=True)
    app.config.from_mapping(
        SECRET_KEY='dev',
        DATABASE=os.path.join(app.instance_path, 'flaskr.sqlite'),
    )

    if test_config is None:
        # load the instance config, if it exists, when not testing
        app.config.from_pyfile('config.py', silent=True)
    else:
        # load the test config if passed in
        app.config.from_mapping(test_config)

    # ensure the instance folder exists
    try:
        os.makedirs(app.instance_path)
    except OSError:
        pass

    # a simple page that says hello
    @app.route('/hello')
    def hello():
        return 'Hello, World!'

    return app
""",
}

DB = """import sqlite3
from datetime import datetime

import click
from flask import current_app, g


def get_db():
    if 'db' not in g:
        g.db = sqlite3.connect(
            current_app.config['DATABASE'],
            detect_types=sqlite3.PARSE_DECLTYPES
        )
        g.db.row_factory = sqlite3.Row

    return g.db


def close_db(e=None):
    db = g.pop('db', None)

    if db is not None:
        db.close()
"""
SCHEMA = """DROP TABLE IF EXISTS user;
DROP TABLE IF EXISTS post;

CREATE TABLE user (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT UNIQUE NOT NULL,
  password TEXT NOT NULL
);

CREATE TABLE post (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  author_id INTEGER NOT NULL,
  created TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  FOREIGN KEY (author_id) REFERENCES user (id)
);
"""
INIT_DB = '''

def init_db():
    db = get_db()

    with current_app.open_resource('schema.sql') as f:
        db.executescript(f.read().decode('utf8'))


@click.command('init-db')
def init_db_command():
    """Clear the existing data and create new tables."""
    init_db()
    click.echo('Initialized the database.')


sqlite3.register_converter(
    "timestamp", lambda v: datetime.fromisoformat(v.decode())
)
'''
INIT_APP = """

def init_app(app):
    app.teardown_appcontext(close_db)
    app.cli.add_command(init_db_command)
"""
AUTH = """import functools

from flask import (
    Blueprint, flash, g, redirect, render_template, request, session, url_for
)
from werkzeug.security import check_password_hash, generate_password_hash

from flaskr.db import get_db

bp = Blueprint('auth', __name__, url_prefix='/auth')
"""
REGISTER = """

@bp.route('/register', methods=('GET', 'POST'))
def register():
    if request.method == 'POST':
        username = request.form['username']
        password = request.form['password']
        db = get_db()
        error = None

        if not username:
            error = 'Username is required.'
        elif not password:
            error = 'Password is required.'

        if error is None:
            try:
                db.execute(
                    "INSERT INTO user (username, password) VALUES (?, ?)",
                    (username, generate_password_hash(password)),
                )
                db.commit()
            except db.IntegrityError:
                error = f"User {username} is already registered."
            else:
                return redirect(url_for("auth.login"))

        flash(error)

    return render_template('auth/register.html')
"""
LOGIN = """

@bp.route('/login', methods=('GET', 'POST'))
def login():
    if request.method == 'POST':
        username = request.form['username']
        password = request.form['password']
        db = get_db()
        error = None
        user = db.execute(
            'SELECT * FROM user WHERE username = ?', (username,)
        ).fetchone()

        if user is None:
            error = 'Incorrect username.'
        elif not check_password_hash(user['password'], password):
            error = 'Incorrect password.'

        if error is None:
            session.clear()
            session['user_id'] = user['id']
            return redirect(url_for('index'))

        flash(error)

    return render_template('auth/login.html')
"""
LOADED = """

@bp.before_app_request
def load_logged_in_user():
    user_id = session.get('user_id')

    if user_id is None:
        g.user = None
    else:
        g.user = get_db().execute(
            'SELECT * FROM user WHERE id = ?', (user_id,)
        ).fetchone()
"""
LOGOUT = """

@bp.route('/logout')
def logout():
    session.clear()
    return redirect(url_for('index'))
"""
REQUIRED = """

def login_required(view):
    @functools.wraps(view)
    def wrapped_view(**kwargs):
        if g.user is None:
            return redirect(url_for('auth.login'))

        return view(**kwargs)

    return wrapped_view
"""
BASE = """<title>{% block title %}{% endblock %} - Flaskr</title>
<nav>
  <h1>Flaskr</h1>
  <ul>
    {% if g.user %}
      <li><span>{{ g.user['username'] }}</span>
      <li><a href="{{ url_for('auth.logout') }}">Log Out</a>
    {% else %}
      <li><a href="{{ url_for('auth.register') }}">Register</a>
      <li><a href="{{ url_for('auth.login') }}">Log In</a>
    {% endif %}
  </ul>
</nav>
<section class="content">
  <header>
    {% block header %}{% endblock %}
  </header>
  {% for message in get_flashed_messages() %}
    <div class="flash">{{ message }}</div>
  {% endfor %}
  {% block content %}{% endblock %}
</section>
"""
FORM = """{% extends 'base.html' %}

{% block header %}
  <h1>{% block title %}TITLE{% endblock %}</h1>
{% endblock %}

{% block content %}
  <form method="post">
    <label for="username">Username</label>
    <input name="username" id="username" required>
    <input type="submit" value="TITLE">
  </form>
{% endblock %}
"""
BLOG = """from flask import (
    Blueprint, flash, g, redirect, render_template, request, url_for
)
from werkzeug.exceptions import abort

from flaskr.auth import login_required
from flaskr.db import get_db

bp = Blueprint('blog', __name__)
"""
INDEX = """

@bp.route('/')
def index():
    db = get_db()
    posts = db.execute(
        'SELECT p.id, title, body, created, author_id, username'
        ' FROM post p JOIN user u ON p.author_id = u.id'
        ' ORDER BY created DESC'
    ).fetchall()
    return render_template('blog/index.html', posts=posts)
"""
INDEX_PAGE = """{% extends 'base.html' %}

{% block header %}
  <h1>{% block title %}Posts{% endblock %}</h1>
  {% if g.user %}
    <a class="action" href="{{ url_for('blog.create') }}">New</a>
  {% endif %}
{% endblock %}

{% block content %}
  {% for post in posts %}
    <article class="post">
      <h1>{{ post['title'] }}</h1>
      <div class="about">by {{ post['username'] }} on {{ post['created'].strftime('%Y-%m-%d') }}</div>
      <p class="body">{{ post['body'] }}</p>
    </article>
  {% endfor %}
{% endblock %}
"""
CREATE = """

@bp.route('/create', methods=('GET', 'POST'))
@login_required
def create():
    if request.method == 'POST':
        title = request.form['title']
        body = request.form['body']
        error = None

        if not title:
            error = 'Title is required.'

        if error is not None:
            flash(error)
        else:
            db = get_db()
            db.execute(
                'INSERT INTO post (title, body, author_id)'
                ' VALUES (?, ?, ?)',
                (title, body, g.user['id'])
            )
            db.commit()
            return redirect(url_for('blog.index'))

    return render_template('blog/create.html')
"""
GET_POST = """

def get_post(id, check_author=True):
    post = get_db().execute(
        'SELECT p.id, title, body, created, author_id, username'
        ' FROM post p JOIN user u ON p.author_id = u.id'
        ' WHERE p.id = ?',
        (id,)
    ).fetchone()

    if post is None:
        abort(404, f"Post id {id} doesn't exist.")

    if check_author and post['author_id'] != g.user['id']:
        abort(403)

    return post
"""
UPDATE = """

@bp.route('/<int:id>/update', methods=('GET', 'POST'))
@login_required
def update(id):
    post = get_post(id)
    return render_template('blog/update.html', post=post)
"""
DELETE = """

@bp.route('/<int:id>/delete', methods=('POST',))
@login_required
def delete(id):
    get_post(id)
    db = get_db()
    db.execute('DELETE FROM post WHERE id = ?', (id,))
    db.commit()
    return redirect(url_for('blog.index'))
"""
CSS = "html { font-family: sans-serif; background: #eee; padding: 1rem; }\nbody { max-width: 960px; }\n"
END = "    return app\n"

#: What has the tables in which the blog's pages look.
INIT = ["-m", "flask", "--app", "flaskr", "init-db"]
FILL = [
    "-c",
    "import sqlite3; db = sqlite3.connect('instance/flaskr.sqlite'); "
    "db.execute(\"INSERT INTO user VALUES (1, 'a', 'b')\"); "
    "db.execute(\"INSERT INTO post (author_id, title, body) VALUES (1, 'first', 'text')\"); db.commit()",
]
STEPS = [
    ("Application Setup", [(F, [("Hello, World!", "Hello, Flaskr!")]), (F, [("Hello, Flaskr!", "Hello, World!")])],
     ["/hello"], []),
    (
        "Define and Access the Database",
        [
            ("flaskr/db.py", DB), ("flaskr/schema.sql", SCHEMA), ("flaskr/db.py", DB + INIT_DB),
            ("flaskr/db.py", DB + INIT_DB + INIT_APP),
            (F, [(END, f"    from . import db\n    db.init_app(app)\n\n{END}")]),
        ],
        [], [INIT, FILL],
    ),
    (
        "Blueprints and Views",
        [
            ("flaskr/auth.py", AUTH),
            (F, [(END, f"    from . import auth\n    app.register_blueprint(auth.bp)\n\n{END}")]),
            ("flaskr/auth.py", AUTH + REGISTER), ("flaskr/auth.py", AUTH + REGISTER + LOGIN),
            ("flaskr/auth.py", AUTH + REGISTER + LOGIN + LOADED),
            ("flaskr/auth.py", AUTH + REGISTER + LOGIN + LOADED + LOGOUT),
            ("flaskr/auth.py", AUTH + REGISTER + LOGIN + LOADED + LOGOUT + REQUIRED),
        ],
        ["/auth/nowhere"], [],
    ),
    (
        "Templates",
        [
            ("flaskr/templates/base.html", BASE),
            ("flaskr/templates/auth/register.html", FORM.replace("TITLE", "Register")),
            ("flaskr/templates/auth/login.html", FORM.replace("TITLE", "Log In")),
        ],
        ["/auth/register", "/auth/login"], [],
    ),
    (
        "Static Files",
        [
            ("flaskr/static/style.css", CSS),
            ("flaskr/templates/base.html", [("</title>\n", "</title>\n<link rel=\"stylesheet\" "
              "href=\"{{ url_for('static', filename='style.css') }}\">\n")]),
            ("flaskr/static/style.css", CSS + "h1 { color: #377ba8; }\n"),
        ],
        ["/static/style.css"], [],
    ),
    (
        "Blog Blueprint",
        [
            ("flaskr/blog.py", BLOG),
            (F, [(END, "    from . import blog\n    app.register_blueprint(blog.bp)\n"
              f"    app.add_url_rule('/', endpoint='index')\n\n{END}")]),
            ("flaskr/blog.py", BLOG + INDEX), ("flaskr/templates/blog/index.html", INDEX_PAGE),
            ("flaskr/blog.py", BLOG + INDEX + CREATE),
            ("flaskr/templates/blog/create.html", FORM.replace("TITLE", "New Post")),
            ("flaskr/blog.py", BLOG + INDEX + CREATE + GET_POST),
            ("flaskr/blog.py", BLOG + INDEX + CREATE + GET_POST + UPDATE),
            ("flaskr/templates/blog/update.html", FORM.replace("TITLE", "Edit")),
            ("flaskr/blog.py", BLOG + INDEX + CREATE + GET_POST + UPDATE + DELETE),
        ],
        ["/", "/create", "/1/update", "POST /1/delete"], [],
    ),
    ("Make the Project Installable", [("pyproject.toml", "[project]\nname = \"flaskr\"\nversion = \"1.0.0\"\n")], [], []),
    (
        "Keep Developing!",
        [
            ("flaskr/blog.py", BLOG + INDEX.replace("DESC", "ASC") + CREATE + GET_POST + UPDATE + DELETE),
            ("flaskr/auth.py", [("url_prefix='/auth'", "url_prefix='/account'")]),
            ("flaskr/auth.py", [("url_prefix='/account'", "url_prefix='/auth'")]),
        ],
        ["/account/login"], [],
    ),
]  # fmt: skip


def client():  # type: ignore[no-untyped-def]
    """What asks a fresh application."""
    sys.path.insert(0, str(Path.cwd()))
    from flaskr import create_app  # type: ignore[import-not-found]

    site = create_app()
    site.debug = True
    return asking(site)
