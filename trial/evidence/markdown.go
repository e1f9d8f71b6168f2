package evidence

func Markdown(r Report) []byte { return nil }

func HTML(r Report) ([]byte, error) { return nil, nil }
