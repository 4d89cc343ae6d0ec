"""How Django's forms become our markup: `{{ form }}`, `{{ form.field.as_field_group }}`."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Label above, help below, what is wrong at the field. Needs `django.forms` among the installed apps."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
