/**
 * Seconds for air-datepicker 2.2.3. The desk's date and time fields expect them (`$seconds`, `$secondsText`, `ss` in
 * a format); the registry's package stops at minutes. build.mjs puts this after the package's own script.
 */
(() => {
	const { Constructor: Datepicker, Timepicker } = window.jQuery.fn.datepicker;
	const two_digits = Datepicker.getLeadingZeroNum;

	/** Replaces a method by one that gets the old one, bound to the object, as its first argument. */
	function extend(type, name, method) {
		const old = type.prototype[name];
		type.prototype[name] = function (...args) {
			return method.call(this, old.bind(this), ...args);
		};
	}

	extend(Timepicker, "_setTime", function (old, date) {
		old(date);
		this.seconds = date.getSeconds();
	});

	extend(Timepicker, "_buildHTML", function (old) {
		old();
		const style = "line-height: 1; position: relative; z-index: 1";
		this.$secondsText = $(`<span class="datepicker--time-current-seconds" style="${style}">`);
		this.$minutesText.after('<span class="datepicker--time-current-colon">:</span>', this.$secondsText);
		// The package's style sheet leaves room for two numbers.
		const $numbers = this.$hoursText.add(this.$minutesText).add(this.$secondsText);
		$numbers.css("font-size", "14px").parent().css("margin", "0 10px");
		this.$seconds = $('<input type="range" name="seconds" min="0" max="59" step="1">');
		$('<div class="datepicker--time-row">')
			.append(this.$seconds)
			.appendTo($(".datepicker--time-sliders", this.$timepicker));
		this.$ranges = $('[type="range"]', this.$timepicker);
		this.update();
	});

	extend(Timepicker, "_updateRanges", function (old) {
		old();
		this.$seconds.val(this.seconds);
	});

	extend(Timepicker, "_updateCurrentTime", function (old) {
		old();
		this.$secondsText.text(two_digits(Number(this.seconds)));
	});

	extend(Datepicker, "formatDate", function (old, format, date = this.date) {
		const seconds = date.getSeconds();
		format = this._replacer(format, this._getWordBoundaryRegExp("ss"), two_digits(seconds));
		format = this._replacer(format, this._getWordBoundaryRegExp("s"), seconds);
		return old(format, date);
	});

	extend(Datepicker, "_onClickCell", function (old, event, date) {
		if (this.timepicker) date.setSeconds(this.timepicker.seconds);
		old(event, date);
	});

	extend(Datepicker, "_onTimeChange", function (old, event, hours, minutes) {
		const { seconds } = this.timepicker;
		if (this.selectedDates.length) {
			this.lastSelectedDate.setSeconds(seconds);
			return old(event, hours, minutes);
		}
		const date = new Date();
		date.setHours(hours, minutes, seconds);
		if (!this._getCell(date).hasClass("-disabled-")) this.selectDate(date);
	});
})();
