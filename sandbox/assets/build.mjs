/**
 * Builds the desk's and website's bundles of Frappe apps with esbuild and sass.
 *
 * node build.mjs JOB RESULT
 *
 * JOB is a JSON file: {modules, roots, apps: [{name, root, dist}]}. `modules` is a node_modules folder with the
 * builder's tools and the desk's libraries, `roots` are the source folders of all apps (whatever is in them can be
 * imported by its path from there, as in `frappe/public/css/bootstrap.css`), and `apps` are those to build, each
 * into its own `dist` folder. Sources are only read.
 *
 * RESULT becomes a JSON file: {apps: {name: {bundles, rtl, inputs}}}, or {app, errors} when something does not
 * compile. `bundles` and `rtl` map a bundle's name to its address below /assets, `inputs` are the source files
 * that were read. Progress goes to stdout, the compilers' warnings go to stderr.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [job_file, result_file] = process.argv.slice(2);
const job = JSON.parse(readFileSync(job_file, "utf8"));

const require = createRequire(path.join(job.modules, "..", "package.json"));
const esbuild = require("esbuild");
const sass = require("sass");
const postcss = require("postcss");
const autoprefixer = require("autoprefixer");
const rtlcss = require("rtlcss");

// The browserslist defaults whatever configuration a source folder's parents hold; no hint about the data's age.
process.env.BROWSERSLIST = "defaults";
process.env.BROWSERSLIST_IGNORE_OLD_DATA = "1";

const BUNDLE = /\.bundle\.(js|jsx|ts|css|scss|sass)$/;
const STYLE = /\.(css|scss|sass)$/;
// Sources of these folders of `public/` are no bundles: built files and packages.
const NOT_SOURCE = ["dist", "node_modules"];
const FILES = "png jpg jpeg gif webp svg ico woff woff2 ttf otf eot mp3 wav".split(" ");

/** Where imports look when the importing file's own folder does not have it. */
const SEARCH = [job.modules, ...job.roots];

main();

async function main() {
	const result = { apps: {} };
	for (const app of job.apps) {
		const start = Date.now();
		try {
			result.apps[app.name] = await build_app(app);
		} catch (error) {
			const errors = error.errors
				? await messages(error.errors, "error")
				: String(error.stack || error);
			writeFileSync(result_file, JSON.stringify({ app: app.name, errors }));
			process.exit(1);
		}
		const { bundles, rtl } = result.apps[app.name];
		const count = Object.keys(bundles).length + Object.keys(rtl).length;
		console.log(`${app.name}: ${count} bundles in ${((Date.now() - start) / 1000).toFixed(1)} s`);
	}
	writeFileSync(result_file, JSON.stringify(result));
	// esbuild's own process need not be waited for.
	process.exit(0);
}

async function build_app(app) {
	const scripts = {};
	const styles = {};
	const rtl_styles = {};
	for (const file of bundle_files(path.join(app.root, app.name, "public"))) {
		const name = path.basename(file, path.extname(file));
		if (STYLE.test(file)) {
			styles[`css/${name}`] = file;
			rtl_styles[`css-rtl/${name}`] = file;
		} else {
			scripts[`js/${name}`] = file;
		}
	}

	const inputs = new Set();
	const compile = style_compiler(inputs);
	const [js, css, css_rtl] = await Promise.all([
		run(app, scripts, [
			vue_files(app, compile),
			html_templates(),
			datepicker_with_seconds(),
			style_files(compile, false),
		]),
		run(app, styles, [style_files(compile, false)]),
		run(app, rtl_styles, [style_files(compile, true)]),
	]);

	const bundles = {};
	const rtl = {};
	for (const build of [js, css, css_rtl]) {
		for (const input of Object.keys(build.metafile.inputs)) {
			// A file's name may come with a namespace before and a query after it.
			const file = path.resolve(app.root, input.replace(/^[a-z-]+:/, "").replace(/\?.*$/, ""));
			inputs.add(file);
		}
	}
	for (const [name, file] of Object.entries(scripts)) {
		const address = write_script(app, name, js);
		bundles[`${path.basename(name)}.js`] = address;
		bundles[path.basename(file)] = address;
	}
	for (const name of Object.keys(styles)) {
		bundles[`${path.basename(name)}.css`] = write(app, `${name}.css`, text_of(css, `${name}.css`));
	}
	for (const name of Object.keys(rtl_styles)) {
		const address = write(app, `${name}.css`, text_of(css_rtl, `${name}.css`));
		rtl[`rtl_${path.basename(name)}.css`] = address;
	}
	for (const output of [js, css, css_rtl].flatMap((build) => build.outputFiles)) {
		// Fonts and pictures that a style or script names by a relative path.
		const name = path.relative(app.dist, output.path);
		if (name.startsWith("files" + path.sep)) {
			save(output.path, output.contents);
		}
	}
	return { bundles, rtl, inputs: [...inputs].filter((file) => existsSync(file)).sort() };
}

/** All bundle sources below a folder, in a fixed order. */
function bundle_files(folder, top = true) {
	if (!existsSync(folder)) return [];
	const found = [];
	const entries = readdirSync(folder, { withFileTypes: true });
	for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory()) {
			if (entry.name == "node_modules" || (top && NOT_SOURCE.includes(entry.name))) continue;
			found.push(...bundle_files(file, false));
		} else if (BUNDLE.test(entry.name)) {
			found.push(file);
		}
	}
	return found;
}

/** One esbuild run; nothing is written, so that a failure leaves nothing behind. */
async function run(app, entries, plugins) {
	const result = await esbuild.build({
		absWorkingDir: app.root,
		entryPoints: entries,
		outdir: app.dist,
		publicPath: `/assets/${app.name}/dist`,
		assetNames: "files/[name].[hash]",
		bundle: true,
		format: "iife",
		target: "es2017",
		minify: true,
		sourcemap: "external",
		metafile: true,
		write: false,
		charset: "utf8",
		logLevel: "silent",
		nodePaths: SEARCH,
		loader: Object.fromEntries(FILES.map((extension) => [`.${extension}`, "file"])),
		// No configuration from a folder above the sources.
		tsconfigRaw: "{}",
		define: {
			"process.env": "{}",
			"process.env.NODE_ENV": '"production"',
			__VUE_OPTIONS_API__: "true",
			__VUE_PROD_DEVTOOLS__: "false",
			__VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
		},
		plugins: [where_imports_are(), ...plugins],
	});
	if (result.warnings.length) {
		process.stderr.write(await messages(result.warnings, "warning"));
	}
	return result;
}

async function messages(list, kind) {
	for (const message of list) {
		// Neither advice on esbuild's own options nor which of our plugins read the file.
		message.notes = message.notes.filter((note) => !/^(You can mark|The plugin)/.test(note.text));
		message.pluginName = "";
	}
	const lines = await esbuild.formatMessages(list, { kind, color: false, terminalWidth: 110 });
	return lines.join("");
}

/**
 * Addresses that the browser asks the server for stay as they are. A package is taken from our own folder even if
 * the source's own checkout has a node_modules of its own: what compiles and what is compiled must fit together.
 */
function where_imports_are() {
	return {
		name: "where-imports-are",
		setup(build) {
			build.onResolve({ filter: /^\/(assets|files)\// }, () => ({ external: true }));
			build.onResolve({ filter: /^~?[^./]/ }, async (args) => {
				const inside_package = args.importer.includes(`${path.sep}node_modules${path.sep}`);
				if (args.kind == "entry-point" || args.pluginData == "own" || inside_package) return;
				const name = without_folder(args.path.replace(/^~/, ""));
				for (const folder of [path.dirname(job.modules), args.resolveDir]) {
					const found = await build.resolve(name, {
						kind: args.kind,
						importer: args.importer,
						resolveDir: folder,
						pluginData: "own",
					});
					if (!found.errors.length) return found;
				}
			});
		},
	};
}

/**
 * `import "./page.html"` makes the file's text `frappe.templates["page"]`. On a bench the text stands between
 * backticks, so a backslash in it escapes the next character; templates are written for that.
 */
function html_templates() {
	return {
		name: "html-templates",
		setup(build) {
			build.onResolve({ filter: /\.html$/ }, (args) => {
				const file = path.resolve(args.resolveDir, args.path);
				if (existsSync(file)) return { path: file };
				const text = `The template ${args.path} does not exist, nothing is imported`;
				return { path: file, namespace: "no-template", warnings: [{ text }] };
			});
			build.onLoad({ filter: /.*/, namespace: "no-template" }, () => ({ contents: "" }));
			build.onLoad({ filter: /\.html$/ }, (args) => {
				const name = JSON.stringify(path.basename(args.path).split(".")[0]);
				const text = readFileSync(args.path, "utf8").replaceAll("`", "\\`");
				return { contents: `frappe.templates[${name}] = \`${text}\`;` };
			});
		},
	};
}

/** The date picker of the registry, with the seconds that the desk's fields expect. */
function datepicker_with_seconds() {
	return {
		name: "datepicker-with-seconds",
		setup(build) {
			const filter = /[\\/]air-datepicker[\\/]dist[\\/]js[\\/]datepicker(\.min)?\.js$/;
			build.onLoad({ filter }, (args) => {
				const text = readFileSync(args.path, "utf8");
				const own = new URL("datepicker-seconds.js", import.meta.url);
				return { contents: `${text}\n${readFileSync(own, "utf8")}` };
			});
		},
	};
}

/** Style files: sass, then (on request) the mirrored form for right-to-left languages, then vendor prefixes. */
function style_files(compile, rtl) {
	return {
		name: "style-files",
		setup(build) {
			build.onLoad({ filter: STYLE }, async (args) => {
				try {
					const source = compile(args.path);
					const processor = postcss(rtl ? [rtlcss, autoprefixer] : [autoprefixer]);
					const { css } = await processor.process(source, { from: args.path, map: false });
					return { contents: css, loader: "css", resolveDir: path.dirname(args.path) };
				} catch (error) {
					return { errors: [style_error(error, args.path)] };
				}
			});
		},
	};
}

/**
 * A function that returns a style file's CSS (or that of a text in it), each file compiled once for both
 * directions. The files read are added to `inputs`.
 */
function style_compiler(inputs) {
	const done = new Map();
	const options = {
		loadPaths: SEARCH,
		importers: [{ findFileUrl: tilde }],
		charset: false,
		logger: sass.Logger.silent,
	};
	return (file, text = null, syntax = null) => {
		if (text !== null) {
			if (syntax == "css") return text;
			const result = sass.compileString(text, {
				...options,
				url: pathToFileURL(file),
				syntax: syntax == "sass" ? "indented" : "scss",
				importer: { findFileUrl: (url) => new URL(url, pathToFileURL(file)) },
			});
			result.loadedUrls.forEach((url) => inputs.add(fileURLToPath(url)));
			return result.css;
		}
		if (file.endsWith(".css")) return readFileSync(file, "utf8");
		if (!done.has(file)) {
			const result = sass.compile(file, options);
			result.loadedUrls.forEach((url) => inputs.add(fileURLToPath(url)));
			done.set(file, result.css);
		}
		return done.get(file);
	};
}

/** A package that is named by the folder of a checkout in which a bench installs it: `app/public/node_modules/…`. */
function without_folder(name) {
	return name.replace(/^[^/]+\/public\/node_modules\//, "");
}

/** Sass's `~package/file`: a package's file, or one of an app by its path. */
function tilde(url) {
	if (!url.startsWith("~")) return null;
	const name = without_folder(url.slice(1));
	const first = name.split("/")[0];
	const folder = SEARCH.find((folder) => existsSync(path.join(folder, first))) || job.modules;
	return pathToFileURL(path.join(folder, name));
}

/** esbuild's form of an error of sass or postcss; `above` is the number of lines before a text inside a file. */
function style_error(error, file, above = 0) {
	const text = error.sassMessage || error.reason || error.message;
	let [place, line, column] = [file, error.line, (error.column || 1) - 1];
	if (error.span) {
		place = error.span.url ? fileURLToPath(error.span.url) : file;
		line = error.span.start.line + 1;
		column = error.span.start.column;
	}
	return { text, location: line ? location(place, line + (place == file ? above : 0), column) : { file } };
}

function location(file, line, column) {
	return { file, line, column, lineText: readFileSync(file, "utf8").split("\n")[line - 1] || "" };
}

/** Vue 3 single-file components, compiled with the compiler that the desk's own Vue brings. */
function vue_files(app, compile) {
	return {
		name: "vue-files",
		setup(build) {
			let compiler;
			const components = new Map();

			build.onLoad({ filter: /\.vue$/ }, (args) => {
				compiler ??= require("vue/compiler-sfc");
				const component = compile_component(compiler, app, args.path);
				if (component.errors.length) {
					return { errors: component.errors.map((error) => vue_error(error, args.path)) };
				}
				components.set(args.path, component);
				return {
					contents: component.code,
					loader: component.loader,
					resolveDir: path.dirname(args.path),
				};
			});

			build.onResolve({ filter: /\.vue\?style=\d+$/ }, (args) => ({
				path: path.resolve(args.resolveDir, args.path),
				namespace: "vue-style",
			}));

			build.onLoad({ filter: /.*/, namespace: "vue-style" }, async (args) => {
				const [file, number] = args.path.split("?style=");
				const { id, styles } = components.get(file);
				const style = styles[number];
				try {
					const result = await compiler.compileStyleAsync({
						source: compile(file, style.content, style.lang || "css"),
						filename: file,
						id,
						scoped: style.scoped,
						isProd: true,
						postcssPlugins: [autoprefixer],
					});
					if (result.errors.length) {
						const above = style.loc.start.line - 1;
						return { errors: result.errors.map((error) => style_error(error, file, above)) };
					}
					return { contents: result.code, loader: "css", resolveDir: path.dirname(file) };
				} catch (error) {
					return { errors: [style_error(error, file, style.loc.start.line - 1)] };
				}
			});
		},
	};
}

function compile_component(compiler, app, file) {
	const source = readFileSync(file, "utf8");
	const { descriptor, errors } = compiler.parse(source, { filename: file, sourceMap: false });
	const unknown = unknown_block(descriptor);
	if (errors.length || unknown) return { errors: errors.length ? errors : [unknown] };
	for (const block of [descriptor.script, descriptor.template, ...descriptor.styles]) {
		// A block that names its file.
		if (block?.src) block.content = readFileSync(path.resolve(path.dirname(file), block.src), "utf8");
	}

	const { script, scriptSetup, template, styles } = descriptor;
	const id = digest(path.relative(app.root, file)).toLowerCase();
	const scoped = styles.some((style) => style.scoped);
	const scope = scoped ? `data-v-${id}` : undefined;
	const lang = (scriptSetup || script)?.lang;
	let code = "const __component = {};\n";
	let bindings;
	let inlined = false;
	try {
		if (script || scriptSetup) {
			const compiled = compiler.compileScript(descriptor, {
				id,
				isProd: true,
				inlineTemplate: true,
				genDefaultAs: "__component",
				templateOptions: { compilerOptions: { scopeId: scope } },
			});
			code = compiled.content + "\n";
			bindings = compiled.bindings;
			inlined = Boolean(scriptSetup);
		}
	} catch (error) {
		return { errors: [script_error(error, scriptSetup || script)] };
	}
	if (template && !inlined) {
		const compiled = compiler.compileTemplate({
			source: template.content,
			filename: file,
			id,
			scoped,
			isProd: true,
			compilerOptions: { scopeId: scope, bindingMetadata: bindings },
		});
		if (compiled.errors.length) return { errors: compiled.errors };
		code += `${compiled.code}\n__component.render = render;\n`;
	}
	if (scope) code += `__component.__scopeId = ${JSON.stringify(scope)};\n`;
	styles.forEach((_, number) => {
		code += `import ${JSON.stringify(`./${path.basename(file)}?style=${number}`)};\n`;
	});
	code += "export default __component;\n";
	const loader = ["ts", "tsx", "jsx"].includes(lang) ? lang : "js";
	return { id, styles, code, loader, errors: [] };
}

/** What this builder does not compile: other languages than sass for styles, CSS modules, template languages. */
function unknown_block({ template, styles }) {
	const style = styles.find(
		({ lang, module }) => module || !["css", "scss", "sass"].includes(lang || "css"),
	);
	const block = style || (["html", undefined].includes(template?.lang) ? null : template);
	if (!block) return null;
	const kind = block.module ? "module" : `lang="${block.lang}"`;
	return { message: `<${block.type} ${kind}> is not supported by this builder`, loc: block.loc };
}

/** An error in a component's script, with its place in the file instead of the script. */
function script_error(error, script) {
	const message = String(error.message || error)
		.split("\n")[0]
		.replace("[vue/compiler-sfc] ", "");
	if (!error.loc?.line) return { message };
	const start = { line: error.loc.line + script.loc.start.line - 1, column: error.loc.column + 1 };
	return { message: message.replace(/ \(\d+:\d+\)$/, ""), loc: { start } };
}

function vue_error(error, file) {
	const text = error.message || String(error);
	const start = error.loc?.start;
	return { text, location: start ? location(file, start.line, Math.max(start.column - 1, 0)) : { file } };
}

/** A script with the styles of its components, which it adds to the page itself, and its source map. */
function write_script(app, name, build) {
	let text = text_of(build, `${name}.js`);
	const styles = text_of(build, `${name}.css`);
	if (styles) {
		const add = `s=>document.head.appendChild(document.createElement("style")).textContent=s`;
		text += `(${add})(${JSON.stringify(styles)});\n`;
	}
	const map = text_of(build, `${name}.js.map`);
	const file = `${name}.${digest(text)}.js`;
	save(path.join(app.dist, `${file}.map`), map);
	save(path.join(app.dist, file), `${text}//# sourceMappingURL=${path.basename(file)}.map\n`);
	return `/assets/${app.name}/dist/${file}`;
}

function text_of(build, name) {
	const file = build.outputFiles.find((file) => file.path.endsWith(path.sep + path.normalize(name)));
	return file ? file.text : "";
}

/** Saves `js/name.bundle.js` as `js/name.bundle.DIGEST.js` and returns its address. */
function write(app, name, text) {
	const extension = path.extname(name);
	const file = `${name.slice(0, -extension.length)}.${digest(text)}${extension}`;
	save(path.join(app.dist, file), text);
	return `/assets/${app.name}/dist/${file}`;
}

function save(file, contents) {
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, contents);
}

function digest(text) {
	return createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
}
