/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * no_udev.c - libudev for a static program: there is none.
 *
 * libhwloc.a asks libudev for the names of disks, and distributions have no libudev.a. A NULL
 * context is an answer that hwloc knows (it then looks into /run/udev); CPUs and nodes do not come
 * from there.
 */
#include <stddef.h>

struct udev;
struct udev_device;

struct udev *udev_new(void);
struct udev *udev_unref(struct udev *udev);
struct udev_device *udev_device_new_from_subsystem_sysname(struct udev *udev, const char *subsystem,
							   const char *name);
const char *udev_device_get_property_value(struct udev_device *device, const char *key);
struct udev_device *udev_device_unref(struct udev_device *device);

struct udev *udev_new(void)
{
	return NULL;
}

struct udev *udev_unref(struct udev *udev)
{
	return NULL;
}

struct udev_device *udev_device_new_from_subsystem_sysname(struct udev *udev, const char *subsystem,
							   const char *name)
{
	return NULL;
}

const char *udev_device_get_property_value(struct udev_device *device, const char *key)
{
	return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *device)
{
	return NULL;
}
