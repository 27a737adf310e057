package schema

// Calendar describes a generated date dimension.
type Calendar struct {
	From       string    `yaml:"from" need:"yes" doc:"First day, YYYY-MM-DD."`
	To         string    `yaml:"to" need:"yes" doc:"Last day, YYYY-MM-DD. Facts outside extend the calendar by whole years."`
	WeekStarts string    `yaml:"week_starts" oneof:"monday sunday" doc:"First day of the week; default monday."`
	Fiscal     *Fiscal   `yaml:"fiscal" doc:"Adds the fiscal year and its periods; the first day alone will do: 04-01."`
	Holidays   *Holidays `yaml:"holidays" doc:"Adds is_holiday, holiday_name and is_working_day; the file alone will do: holidays.csv."`
}

// Fiscal describes a fiscal year.
type Fiscal struct {
	Starts     string `yaml:"starts" need:"yes" doc:"First day of the fiscal year: MM-DD, the day at most 28, or the name of a month."`
	NamedAfter string `yaml:"named_after" oneof:"end start" doc:"The calendar year that a fiscal year is named after: the one in which it ends (default) or starts."`
	Prefix     string `yaml:"prefix" doc:"What stands before the year in fiscal_year_name; default FY, as in FY2026."`
	Weeks      string `yaml:"weeks" oneof:"4-4-5 4-5-4 5-4-4" doc:"Makes the periods of whole weeks, so many for each month of a quarter. The year then starts with the week that begins nearest to starts; a 53rd week belongs to the last month. Default: calendar months."`
}

// UnmarshalText lets a fiscal year be written as its first day alone.
func (f *Fiscal) UnmarshalText(text []byte) error {
	f.Starts = string(text)
	return nil
}

// Holidays says which days of a calendar are holidays. A project in Go may give the days
// themselves, instead of a file.
type Holidays struct {
	File    string    `yaml:"file" need:"yes" doc:"CSV file in the project's folder, with the columns date (YYYY-MM-DD), name and, if wanted, region."`
	Regions []string  `yaml:"regions" doc:"Only the holidays of these regions count, and those without a region; default all."`
	Days    []Holiday `yaml:"-"`
}

// UnmarshalText lets holidays be written as their file alone.
func (h *Holidays) UnmarshalText(text []byte) error {
	h.File = string(text)
	return nil
}
