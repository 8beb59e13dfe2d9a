# A short front for meson and npm. `make run` and `make test` need nothing but Debian 12.
.PHONY: run demo test bench fuzz torture eval tsan coverage clang install install-deps clean release

run: release
	@exec build/release/src/main/medscribed

release:
	@tools/install-dependencies run
	@tools/build-ui
	@tools/build release

demo: release
	@tools/install-dependencies demo
	@exec node tools/demo.mjs

test:
	@tools/install-dependencies test
	@tools/test

bench: release
	@tools/bench

fuzz:
	@tools/install-dependencies test
	@tools/fuzz

torture:
	@tools/install-dependencies test
	@tools/torture

eval: release
	@tools/eval

tsan coverage clang:
	@tools/install-dependencies test
	@tools/build-ui
	@tools/build $@
	@meson test -C build/$@ --no-rebuild --print-errorlogs

install-deps:
	@tools/install-dependencies test

install: release
	@meson install -C build/release --no-rebuild

clean:
	@rm -rf build ui/dist ui/node_modules
